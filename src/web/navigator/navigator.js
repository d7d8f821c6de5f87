"use strict";

// html.spec.whatwg.org/multipage/workers.html#the-workernavigator-object

const { ObjectFreeze } = primordials;
const { op_navigator_facts } = ops;
const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
} = require("webidl/interface");
const { readonlyAttribute } = require("webidl/global_attribute");

const facts = op_navigator_facts();
const userAgent = facts[0];
const platform = facts[1];
const language = facts[2];
const hardwareConcurrency = facts[3];
const languages = ObjectFreeze([language]);

let check;

class WorkerNavigator {
  // Only the brand: what it tells is the same everywhere.
  #brand;

  constructor(token = undefined) {
    if (token !== internal) {
      illegalConstructor();
    }
  }

  static {
    check = (value) => {
      if (!isObject(value) || !(#brand in value)) {
        illegalInvocation();
      }
    };
  }

  // html.spec.whatwg.org/multipage/system-state.html#client-identification
  get appCodeName() {
    check(this);
    return "Mozilla";
  }

  get appName() {
    check(this);
    return "Netscape";
  }

  // html.spec.whatwg.org/multipage/system-state.html#dom-navigator-appversion
  // Empty where the user agent does not call itself "Mozilla/5.0 (".
  get appVersion() {
    check(this);
    return "";
  }

  get platform() {
    check(this);
    return platform;
  }

  get product() {
    check(this);
    return "Gecko";
  }

  get userAgent() {
    check(this);
    return userAgent;
  }

  // html.spec.whatwg.org/multipage/system-state.html#language-preferences
  get language() {
    check(this);
    return language;
  }

  get languages() {
    check(this);
    return languages;
  }

  // html.spec.whatwg.org/multipage/system-state.html#dom-navigator-online
  // Nobody tells a server that it is offline.
  get onLine() {
    check(this);
    return true;
  }

  // html.spec.whatwg.org/multipage/workers.html#dom-navigator-hardwareconcurrency
  get hardwareConcurrency() {
    check(this);
    return hardwareConcurrency;
  }
}

defineInterface(WorkerNavigator);

exports.WorkerNavigator = WorkerNavigator;
exports.navigator = readonlyAttribute("navigator", new WorkerNavigator(internal));
