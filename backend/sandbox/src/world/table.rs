//! Rows by key, and which of them changed since somebody last asked. The changes are what the journal
//! tells of a request and what the file keeps.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    Added,
    Changed,
    Removed,
}

/// One row that changed: its table, its key, what happened, and the row as it is now if it was asked for.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    pub table: &'static str,
    pub key: String,
    pub fate: Fate,
    pub row: Option<Value>,
}

/// Rows in the order of their keys.
#[derive(Debug)]
pub struct Table<T> {
    rows: BTreeMap<String, T>,
    touched: BTreeMap<String, Fate>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), touched: BTreeMap::new() }
    }
}

impl<T> Table<T> {
    pub fn get(&self, key: &str) -> Option<&T> {
        self.rows.get(key)
    }

    /// The row to change; it counts as changed from here on.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        let row = self.rows.get_mut(key)?;
        if let Entry::Vacant(vacant) = self.touched.entry(key.to_owned()) {
            vacant.insert(Fate::Changed);
        }
        Some(row)
    }

    pub fn contains(&self, key: &str) -> bool {
        self.rows.contains_key(key)
    }

    pub fn insert(&mut self, key: impl Into<String>, row: T) {
        let key = key.into();
        let fate = match self.rows.insert(key.clone(), row) {
            None => Fate::Added,
            Some(_) => Fate::Changed,
        };
        self.touched.entry(key).and_modify(|known| *known = merged(*known, fate)).or_insert(fate);
    }

    pub fn remove(&mut self, key: &str) -> Option<T> {
        let row = self.rows.remove(key)?;
        self.touched.insert(key.to_owned(), Fate::Removed);
        Some(row)
    }

    pub fn values(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.values()
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&String, &T)> {
        self.rows.iter()
    }

    /// The row whose key comes first.
    pub fn first(&self) -> Option<(&String, &T)> {
        self.rows.first_key_value()
    }

    /// Every row whose key begins with `prefix`, in order.
    pub fn under(&self, prefix: &str) -> impl Iterator<Item = (&String, &T)> + use<'_, T> {
        let prefix = prefix.to_owned();
        self.rows.range(prefix.clone()..).take_while(move |(key, _)| key.starts_with(&prefix))
    }
}

/// A row that was added and then changed is an added one to whoever asks later.
fn merged(before: Fate, after: Fate) -> Fate {
    match (before, after) {
        (Fate::Added, _) => Fate::Added,
        (Fate::Removed, _) => Fate::Changed,
        (Fate::Changed, after) => after,
    }
}

impl<T: Serialize + DeserializeOwned> Table<T> {
    /// Tells what changed since the last time; with the rows themselves if they are to be kept.
    pub fn take_changes(&mut self, table: &'static str, with_rows: bool, into: &mut Vec<Change>) {
        for (key, fate) in std::mem::take(&mut self.touched) {
            let row =
                self.rows.get(&key).filter(|_| with_rows).and_then(|row| serde_json::to_value(row).ok());
            into.push(Change { table, key, fate, row });
        }
    }

    pub fn every_row(&self, table: &'static str, into: &mut Vec<Change>) {
        for (key, row) in &self.rows {
            let row = serde_json::to_value(row).ok();
            into.push(Change { table, key: key.clone(), fate: Fate::Added, row });
        }
    }

    /// Puts a row back that was kept, or takes away one that was removed; nothing counts as changed.
    pub fn restore(&mut self, key: String, row: Option<Value>) -> Result<(), serde_json::Error> {
        match row {
            Some(row) => {
                self.rows.insert(key, serde_json::from_value(row)?);
            }
            None => {
                self.rows.remove(&key);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(table: &mut Table<u32>) -> Vec<(String, Fate)> {
        let mut found = vec![];
        table.take_changes("numbers", false, &mut found);
        found.into_iter().map(|change| (change.key, change.fate)).collect()
    }

    #[test]
    fn changes_are_told_once_and_as_they_were() {
        let mut table = Table::default();
        table.insert("a", 1);
        table.insert("b", 2);
        *table.get_mut("a").expect("a row") = 3;
        assert_eq!(changes(&mut table), [("a".to_owned(), Fate::Added), ("b".to_owned(), Fate::Added)]);
        assert_eq!(changes(&mut table), []);
        assert!(table.get_mut("c").is_none());
        table.get_mut("b");
        table.remove("a");
        assert_eq!(changes(&mut table), [("a".to_owned(), Fate::Removed), ("b".to_owned(), Fate::Changed)]);
    }

    #[test]
    fn a_prefix_finds_its_rows_and_no_others() {
        let mut table = Table::default();
        for (key, row) in [("a/1", 1), ("a/2", 2), ("a0", 3), ("b/1", 4)] {
            table.insert(key, row);
        }
        assert_eq!(table.under("a/").map(|(_, row)| *row).collect::<Vec<_>>(), [1, 2]);
    }
}
