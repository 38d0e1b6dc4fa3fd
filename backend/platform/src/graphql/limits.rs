//! Limits that hold before anything is executed, or even parsed: tokens, aliases, root fields.
//! Depth and complexity are the schema's own.

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
pub const ALIASES: usize = 30;
pub const ROOT_FIELDS: usize = 20;

/// Counts lexical tokens without parsing, so that a huge document costs little.
pub fn token_count(document: &str) -> usize {
    let mut count = 0;
    let mut in_word = false;
    for byte in document.bytes() {
        let is_word = byte.is_ascii_alphanumeric() || byte == b'_';
        if (is_word && !in_word) || (!is_word && !byte.is_ascii_whitespace() && byte != b',') {
            count += 1;
        }
        in_word = is_word;
    }
    count
}

/// Why a document is too much, if it is.
pub fn check(document: &ExecutableDocument) -> Result<(), String> {
    let mut aliases = 0;
    let operations: Vec<&OperationDefinition> = match &document.operations {
        DocumentOperations::Single(one) => vec![&one.node],
        DocumentOperations::Multiple(many) => many.values().map(|one| &one.node).collect(),
    };
    for operation in operations {
        let roots = count_fields(&operation.selection_set.node, document, 0);
        if roots > ROOT_FIELDS {
            return Err(format!("an operation may select at most {ROOT_FIELDS} root fields"));
        }
        count_aliases(&operation.selection_set.node, &mut aliases);
    }
    for fragment in document.fragments.values() {
        count_aliases(&fragment.node.selection_set.node, &mut aliases);
    }
    if aliases > ALIASES {
        return Err(format!("a document may hold at most {ALIASES} aliases"));
    }
    Ok(())
}

/// How deep fragments are followed; a cycle is refused later, by validation.
const NESTED_FRAGMENTS: usize = 8;

fn count_fields(set: &SelectionSet, document: &ExecutableDocument, depth: usize) -> usize {
    if depth > NESTED_FRAGMENTS {
        return ROOT_FIELDS + 1;
    }
    let mut count: usize = 0;
    for item in &set.items {
        count += match &item.node {
            Selection::Field(_) => 1,
            Selection::FragmentSpread(spread) => document
                .fragments
                .get(&spread.node.fragment_name.node)
                .map_or(1, |fragment| count_fields(&fragment.node.selection_set.node, document, depth + 1)),
            Selection::InlineFragment(inline) => {
                count_fields(&inline.node.selection_set.node, document, depth + 1)
            }
        };
        // Enough is known; a document of fragments in fragments would cost more with each level.
        if count > ROOT_FIELDS {
            break;
        }
    }
    count
}

fn count_aliases(set: &SelectionSet, count: &mut usize) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                *count += usize::from(field.node.alias.is_some());
                count_aliases(&field.node.selection_set.node, count);
            }
            Selection::InlineFragment(inline) => count_aliases(&inline.node.selection_set.node, count),
            Selection::FragmentSpread(_) => {}
        }
    }
}
