//! Limits that hold before anything is executed or validated: a short document must not cost much work.
//! Depth and complexity are the schema's own, but their counting follows every spread of a fragment again
//! and again; so what a document grows to is bounded here, with each fragment looked at once.

use std::collections::HashMap;

use async_graphql_parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};

/// The introspection query of GraphiQL and of code generators is 15 deep.
pub const DEPTH: usize = 16;
/// Fields that an answer may hold, a page counted as full.
pub const COMPLEXITY: usize = 20_000;
/// The longest document, in bytes.
pub const BYTES: usize = 64 * 1024;
pub const TOKENS: usize = 2_000;
/// Brackets within brackets: parsers and validators recurse into them.
pub const NESTING: usize = 64;
pub const ALIASES: usize = 30;
pub const ROOT_FIELDS: usize = 20;
/// Fields of a document once all its fragments are written out.
pub const SELECTIONS: usize = 5_000;
/// Lists within lists that introspection may follow; each multiplies the answer.
const INTROSPECTION_LISTS: usize = 2;

/// Why a text is not even parsed: counts lexical tokens and nesting, so that a huge document costs little.
pub fn check_text(text: &str) -> Result<(), String> {
    let (mut count, mut depth) = (0_usize, 0_usize);
    let mut in_word = false;
    for byte in text.bytes() {
        let is_word = byte.is_ascii_alphanumeric() || byte == b'_';
        if (is_word && !in_word) || (!is_word && !byte.is_ascii_whitespace() && byte != b',') {
            count += 1;
        }
        in_word = is_word;
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > NESTING {
            return Err(format!("a document may nest at most {NESTING} brackets"));
        }
    }
    if text.len() > BYTES || count > TOKENS {
        return Err(format!("a document may hold at most {TOKENS} tokens"));
    }
    Ok(())
}

/// Why a document is too much, if it is.
pub fn check(document: &ExecutableDocument) -> Result<(), String> {
    let operations: Vec<&OperationDefinition> = match &document.operations {
        DocumentOperations::Single(one) => vec![&one.node],
        DocumentOperations::Multiple(many) => many.values().map(|one| &one.node).collect(),
    };
    let sets = || operations.iter().map(|operation| &operation.selection_set.node);
    let fragments = || document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    let mut written_out = WrittenOut { document, known: HashMap::new() };
    let everything =
        sets().chain(fragments()).fold(0_usize, |sum, set| sum.saturating_add(written_out.size(set)));
    if everything > SELECTIONS {
        return Err(format!("a document may select at most {SELECTIONS} fields, its fragments written out"));
    }
    // From here on a walk through every spread is bounded.
    if sets().any(|set| root_fields(set, document) > ROOT_FIELDS) {
        return Err(format!("an operation may select at most {ROOT_FIELDS} root fields"));
    }
    if sets().chain(fragments()).map(aliases).sum::<usize>() > ALIASES {
        return Err(format!("a document may hold at most {ALIASES} aliases"));
    }
    let mut introspections = 0;
    for set in sets() {
        introspect(set, document, None, &mut introspections)?;
    }
    if introspections > 1 {
        return Err("a document may introspect once".to_owned());
    }
    Ok(())
}

/// Counts the fields of selections with their fragments written out, each fragment once.
struct WrittenOut<'a> {
    document: &'a ExecutableDocument,
    /// Absent while a fragment is being counted: one that holds itself has no end.
    known: HashMap<&'a str, Option<usize>>,
}

impl<'a> WrittenOut<'a> {
    fn size(&mut self, set: &'a SelectionSet) -> usize {
        set.items.iter().fold(0, |sum: usize, item| {
            sum.saturating_add(match &item.node {
                Selection::Field(field) => self.size(&field.node.selection_set.node).saturating_add(1),
                Selection::InlineFragment(inline) => {
                    self.size(&inline.node.selection_set.node).saturating_add(1)
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str()).saturating_add(1)
                }
            })
        })
    }

    fn fragment(&mut self, name: &'a str) -> usize {
        if let Some(known) = self.known.get(name) {
            return known.unwrap_or(usize::MAX);
        }
        let Some(fragment) = self.document.fragments.get(name) else { return 1 };
        self.known.insert(name, None);
        let size = self.size(&fragment.node.selection_set.node);
        self.known.insert(name, Some(size));
        size
    }
}

fn root_fields(set: &SelectionSet, document: &ExecutableDocument) -> usize {
    let count = |item: &Selection| match item {
        Selection::Field(_) => 1,
        Selection::InlineFragment(inline) => root_fields(&inline.node.selection_set.node, document),
        Selection::FragmentSpread(spread) => document
            .fragments
            .get(&spread.node.fragment_name.node)
            .map_or(1, |fragment| root_fields(&fragment.node.selection_set.node, document)),
    };
    set.items.iter().map(|item| count(&item.node)).sum()
}

fn aliases(set: &SelectionSet) -> usize {
    let count = |item: &Selection| match item {
        Selection::Field(field) => {
            usize::from(field.node.alias.is_some()) + aliases(&field.node.selection_set.node)
        }
        Selection::InlineFragment(inline) => aliases(&inline.node.selection_set.node),
        Selection::FragmentSpread(_) => 0,
    };
    set.items.iter().map(|item| count(&item.node)).sum()
}

/// Follows introspection: how often it begins, and how many lists within lists it asks for.
fn introspect(
    set: &SelectionSet,
    document: &ExecutableDocument,
    lists: Option<usize>,
    begun: &mut usize,
) -> Result<(), String> {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                let name = field.node.name.node.as_str();
                let inside = match (name, lists) {
                    ("__schema" | "__type", None) => {
                        *begun += 1;
                        Some(0)
                    }
                    ("fields" | "interfaces" | "possibleTypes" | "inputFields", Some(depth)) => {
                        Some(depth + 1)
                    }
                    _ => lists,
                };
                if inside.is_some_and(|depth| depth > INTROSPECTION_LISTS) {
                    return Err("introspection may follow two lists within each other".to_owned());
                }
                introspect(&field.node.selection_set.node, document, inside, begun)?;
            }
            Selection::InlineFragment(inline) => {
                introspect(&inline.node.selection_set.node, document, lists, begun)?;
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    introspect(&fragment.node.selection_set.node, document, lists, begun)?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Result<(), String> {
        check_text(text)?;
        check(&async_graphql_parser::parse_query(text).expect("a document"))
    }

    fn chain(of: &str, spreads: usize, levels: usize) -> String {
        let mut text = format!("{{ viewer {{ ...A0 }} }} fragment A{levels} on {of} {{ id }}");
        for level in 0..levels {
            let next = format!("...A{} ", level + 1).repeat(spreads);
            text.push_str(&format!(" fragment A{level} on {of} {{ {next} }}"));
        }
        text
    }

    #[test]
    fn fragments_that_grow_are_refused_at_once_wherever_they_stand() {
        let refused = told(&chain("Person", 3, 28)).expect_err("3 to the power of 28 fields");
        assert!(refused.contains("written out"), "{refused}");
        let refused = told("{ viewer { ...F } } fragment F on Person { a { ...F } }").expect_err("a circle");
        assert!(refused.contains("written out"), "{refused}");
        assert_eq!(told(&chain("Person", 2, 4)), Ok(()));
    }

    #[test]
    fn brackets_are_counted_before_anything_recurses_into_them() {
        let deep =
            |depth: usize| format!("{{ viewer(a: {}{}) {{ id }} }}", "[".repeat(depth), "]".repeat(depth));
        assert!(told(&deep(500)).expect_err("too deep").contains("brackets"));
        assert_eq!(told(&deep(20)), Ok(()));
    }

    #[test]
    fn introspection_is_followed_two_lists_deep_and_once() {
        let lists = |rounds: usize| {
            let round = "interfaces { possibleTypes { ".repeat(rounds);
            format!("{{ __schema {{ types {{ {round} name {} }} }} }}", "} }".repeat(rounds))
        };
        assert_eq!(told(&lists(1)), Ok(()));
        assert!(told(&lists(2)).expect_err("four lists").contains("introspection"));
        let hidden = "{ __schema { types { ...F } } } fragment F on __Type { fields { type { ...G } } }
            fragment G on __Type { fields { type { fields { name } } } }";
        assert!(told(hidden).expect_err("three lists").contains("introspection"));
        let twice = "{ a: __type(name: \"A\") { name } b: __type(name: \"B\") { name } }";
        assert!(told(twice).expect_err("two roots").contains("once"));
    }
}
