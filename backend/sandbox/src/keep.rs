//! The file that keeps the world: one line for each row that changed, appended before the answer leaves,
//! so that kill -9 loses nothing that somebody has seen. Opening it writes it anew, without what is past.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Mode;
use crate::world::World;
use crate::world::table::Change;

/// What a line says.
#[derive(Serialize, Deserialize)]
enum Line {
    Row {
        table: String,
        key: String,
        row: Option<Value>,
    },
    Meta(Value),
    Clock(Mode),
    /// Nothing before this counts.
    Anew,
}

/// What a file held.
pub struct Kept {
    pub world: World,
    pub clock: Mode,
}

/// Appends to the file.
pub struct Keeper {
    file: File,
    clock: Option<Mode>,
    /// What is in the file, in bytes.
    length: u64,
    /// What should be in it and could not be written, such as on a full disk.
    owed: Vec<u8>,
}

impl Keeper {
    /// Opens a file, or makes one. A last line that was cut short is what the process died over: nobody has
    /// seen its answer.
    pub fn open(path: &Path) -> io::Result<(Self, Option<Kept>)> {
        let mut kept = None;
        match File::open(path) {
            Ok(file) => {
                hold(path, &file)?;
                kept = read(file).map_err(|error| unreadable(path, error))?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let partial = path.with_extension("partial");
        let mut keeper = Self { file: File::create(&partial)?, clock: None, length: 0, owed: vec![] };
        if let Some(kept) = &mut kept {
            let rows = kept.world.every_row();
            let meta = serde_json::to_value(&kept.world.meta).map_err(io::Error::other)?;
            keeper.append(&rows, Some(meta), kept.clock)?;
        }
        hold(path, &keeper.file)?;
        std::fs::rename(partial, path)?;
        Ok((keeper, kept))
    }

    /// Adds what changed, in one write. What fails is cut off again and written with the next.
    pub fn append(&mut self, changes: &[Change], meta: Option<Value>, clock: Mode) -> io::Result<()> {
        let text = &mut self.owed;
        let mut add = |line: &Line| -> io::Result<()> {
            serde_json::to_writer(&mut *text, line).map_err(io::Error::other)?;
            text.push(b'\n');
            Ok(())
        };
        for change in changes {
            let (table, key) = (change.table.to_owned(), change.key.clone());
            add(&Line::Row { table, key, row: change.row.clone() })?;
        }
        if let Some(meta) = meta {
            add(&Line::Meta(meta))?;
        }
        if self.clock != Some(clock) {
            add(&Line::Clock(clock))?;
            self.clock = Some(clock);
        }
        self.pay()
    }

    fn pay(&mut self) -> io::Result<()> {
        if let Err(error) = self.file.write_all(&self.owed) {
            self.file.set_len(self.length)?;
            self.file.seek(SeekFrom::Start(self.length))?;
            return Err(error);
        }
        self.length += self.owed.len() as u64;
        self.owed.clear();
        Ok(())
    }

    /// Nothing that was kept counts any more.
    pub fn forget(&mut self) -> io::Result<()> {
        // The same file, so that it stays held.
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        (self.clock, self.length) = (None, 0);
        self.owed = serde_json::to_vec(&Line::Anew).map_err(io::Error::other)?;
        self.owed.push(b'\n');
        self.pay()
    }
}

/// One sandbox a file: two would write over each other.
fn hold(path: &Path, file: &File) -> io::Result<()> {
    file.try_lock().map_err(|_| {
        let words = format!("{} is used by another sandbox; stop it, or name another file", path.display());
        io::Error::new(io::ErrorKind::ResourceBusy, words)
    })
}

fn unreadable(path: &Path, error: io::Error) -> io::Error {
    let words = format!(
        "{} cannot be read ({error}); it may be another version's: delete it, or name another file",
        path.display()
    );
    io::Error::new(io::ErrorKind::InvalidData, words)
}

/// Whether it could be the beginning of a line of ours.
fn is_torn(line: &[u8]) -> bool {
    ["{\"Row\":", "{\"Meta\":", "{\"Clock\":", "\"Anew\""].iter().any(|start| {
        let length = line.len().min(start.len());
        line[..length] == start.as_bytes()[..length]
    })
}

/// Nothing when the file has no whole beginning yet.
fn read(file: File) -> io::Result<Option<Kept>> {
    let mut lines = vec![];
    let mut reader = BufReader::new(file);
    loop {
        let mut line = vec![];
        reader.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            // Torn while it was written, or no line of ours at all.
            if lines.is_empty() && !line.is_empty() && !is_torn(&line) {
                return Err(io::Error::other("it is no file of the sandbox"));
            }
            break;
        }
        line.pop();
        match serde_json::from_slice(&line)? {
            Line::Anew => lines.clear(),
            line => lines.push(line),
        }
    }
    let (mut meta, mut clock) = (None, None);
    for line in &lines {
        match line {
            Line::Meta(kept) => meta = Some(kept.clone()),
            Line::Clock(kept) => clock = Some(*kept),
            Line::Row { .. } | Line::Anew => {}
        }
    }
    let (Some(meta), Some(clock)) = (meta, clock) else { return Ok(None) };
    let mut world = World::restored(meta)?;
    for line in lines {
        if let Line::Row { table, key, row } = line {
            world.put_back(&table, key, row).map_err(io::Error::other)?;
        }
    }
    Ok(Some(Kept { world, clock }))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::clock::Instant;

    fn folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("airwallex-sandbox-keep-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    fn keep(keeper: &mut Keeper, world: &mut World) {
        let changes = world.take_changes(true);
        keeper.append(&changes, world.take_meta(), Mode::Offset { micros: 7 }).expect("kept");
    }

    #[test]
    fn what_was_kept_comes_back_even_after_a_torn_last_line() {
        let path = folder().join("torn.db");
        let _ = std::fs::remove_file(&path);
        let now: Instant = "2026-09-01T00:00:00Z".parse().expect("an instant");
        let (mut keeper, nothing) = Keeper::open(&path).expect("a new file");
        assert!(nothing.is_none());
        let mut world = World::start(now, 1, false, false);
        keep(&mut keeper, &mut world);
        world.add_account("acct_later", "CREATED", "Later", "later@example.test", now);
        world.accounts.remove(crate::world::start::ACME);
        keep(&mut keeper, &mut world);
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).expect("the file");
        file.write_all(br#"{"Row":{"table":"accounts","key":"acct_torn""#).expect("torn");
        assert!(Keeper::open(&path).err().expect("held").to_string().contains("another sandbox"));
        drop((keeper, file));
        for _ in 0..2 {
            let (_, kept) = Keeper::open(&path).expect("the file");
            let kept = kept.expect("a world");
            assert_eq!(kept.clock, Mode::Offset { micros: 7 });
            let names: Vec<_> = kept.world.accounts.iter().map(|(id, _)| id.clone()).collect();
            assert_eq!(names, ["acct_later", crate::world::start::PLATFORM]);
            assert_eq!(kept.world.meta.counter, world.meta.counter);
        }
    }

    #[test]
    fn what_could_not_be_written_is_written_with_the_next() {
        let path = folder().join("full.db");
        let _ = std::fs::remove_file(&path);
        let now: Instant = "2026-09-01T00:00:00Z".parse().expect("an instant");
        let (mut keeper, _) = Keeper::open(&path).expect("a new file");
        let mut world = World::start(now, 1, false, false);
        keep(&mut keeper, &mut world);
        world.add_account("acct_owed", "CREATED", "Owed", "owed@example.test", now);
        // A file that takes nothing stands in for a disk that is full.
        let good = std::mem::replace(&mut keeper.file, File::open(&path).expect("to read"));
        let changes = world.take_changes(true);
        let refused = keeper.append(&changes, world.take_meta(), Mode::Offset { micros: 7 });
        assert!(refused.is_err());
        keeper.file = good;
        world.add_account("acct_next", "CREATED", "Next", "next@example.test", now);
        keep(&mut keeper, &mut world);
        drop(keeper);
        let (_, kept) = Keeper::open(&path).expect("the file");
        let kept = kept.expect("a world");
        assert!(kept.world.accounts.contains("acct_owed") && kept.world.accounts.contains("acct_next"));
    }

    #[test]
    fn a_file_that_is_no_world_is_refused_with_the_remedy() {
        let path = folder().join("other.db");
        std::fs::write(&path, "{\"clock\":1}\n").expect("written");
        let refused = Keeper::open(&path).err().expect("refused").to_string();
        assert!(refused.contains("delete it"), "{refused}");
        let precious = folder().join("precious.txt");
        std::fs::write(&precious, "one line without an end").expect("written");
        assert!(Keeper::open(&precious).is_err());
        assert_eq!(std::fs::read_to_string(&precious).expect("still there"), "one line without an end");
        assert!(std::fs::read_to_string(&path).expect("still there").starts_with("{\"clock\""));
    }
}
