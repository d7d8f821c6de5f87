//! The README says what is so.

use std::path::Path;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The code blocks of a language.
fn blocks(markdown: &str, language: &str) -> Vec<String> {
    markdown
        .split(&format!("```{language}\n"))
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

#[test]
fn the_program_of_the_readme_is_the_one_that_is_compiled() {
    let shown = blocks(&read("README.md"), "rust")
        .into_iter()
        .find(|block| block.contains("fn main()"))
        .expect("a whole program");
    let compiled = read("tests/embed/src/main.rs");
    // What is compiled goes on where the README's ends.
    let (body, end) = shown
        .split_once("    Ok(())\n")
        .expect("the program ends well");
    assert!(compiled.contains(body), "the README shows:\n{body}");
    assert!(compiled.ends_with(&format!("    Ok(())\n{end}")));
}
