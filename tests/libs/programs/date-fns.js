import {
  addBusinessDays, addMonths, differenceInCalendarDays, eachWeekendOfInterval, format, formatDistance, formatISO,
  intervalToDuration, isValid, lastDayOfMonth, parse, parseISO, startOfISOWeek,
} from "date-fns";
import { de } from "date-fns/locale/de";

const day = new Date(2024, 1, 29, 13, 5, 9, 42);
console.log(format(day, "yyyy-MM-dd'T'HH:mm:ss.SSS 'week' I, 'day' D", { useAdditionalDayOfYearTokens: true }));
console.log(format(day, "EEEE, do MMMM yyyy", { locale: de }));
console.log(format(addMonths(day, 12), "PPPP"), "|", format(addBusinessDays(day, 10), "P p"));
console.log(differenceInCalendarDays(new Date(2025, 0, 1), day));
console.log(eachWeekendOfInterval({ start: day, end: new Date(2024, 2, 10) }).map((it) => format(it, "d.M.")).join(" "));
console.log(formatDistance(day, new Date(2024, 4, 1)), "|", formatDistance(day, new Date(2024, 4, 1), { locale: de, addSuffix: true }));
console.log(JSON.stringify(intervalToDuration({ start: day, end: new Date(2026, 5, 3, 1, 2, 3) })));
console.log(formatISO(startOfISOWeek(day), { representation: "date" }), formatISO(lastDayOfMonth(day), { representation: "date" }));
console.log(parse("31/12/1999 23:59", "dd/MM/yyyy HH:mm", new Date(2000, 0, 1)).getFullYear());
console.log(isValid(parse("31/02/2001", "dd/MM/yyyy", new Date())), parseISO("2024-02-29T12:00:00Z").toISOString());
