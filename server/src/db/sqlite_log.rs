//! Decides whether a write-ahead log belongs to the database file beside it.
//!
//! SQLite applies any valid log that lies beside a file: neither contains a reference to the other.
//! So the program keeps a mark in the file's first page: a random number in `user_version`, with
//! the previous one in `application_id`. It changes the mark whenever a log may restart
//! ([`super::sqlite_mark`]). The pages of a log then show which marks the file beneath it can have.
//! SQLite's manual describes the formats ("Database File Format", sections 1.3 and 4).

use std::io::{self, ErrorKind, Read};

/// Size of a log's header, in bytes.
const LOG_HEADER: usize = 32;
/// Size of a frame's header, in bytes.
const FRAME_HEADER: usize = 24;
/// The first word of a log. It is one higher if the checksums use big-endian words.
const LOG_MAGIC: u32 = 0x377f_0682;
/// The only version of the log's format.
const LOG_FORMAT: u32 = 3_007_000;
/// The first bytes of a database file.
const FILE_MAGIC: &[u8] = b"SQLite format 3\0";
/// Size of a database file's header, in bytes.
const FILE_HEADER: usize = 100;

/// The content of a database's first page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FirstPage {
    page_size: u32,
    mark: u32,
    mark_before: u32,
}

impl FirstPage {
    /// Reads the start of a file. `None`: the file is too short or is not a database.
    pub(super) fn read(file: &mut impl Read) -> io::Result<Option<Self>> {
        let mut header = [0; FILE_HEADER];
        match file.read_exact(&mut header) {
            Ok(()) => Ok(Self::parse(&header)),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The mark. It changes with each start and checkpoint ([`super::sqlite_mark`]).
    pub(super) const fn mark(&self) -> u32 {
        self.mark
    }

    fn parse(page: &[u8]) -> Option<Self> {
        if !page.starts_with(FILE_MAGIC) {
            return None;
        }
        let page_size = match u16::from_be_bytes(page.get(16..18)?.try_into().ok()?) {
            1 => 65_536,
            size => u32::from(size),
        };
        Some(Self { page_size, mark: word(page, 60)?, mark_before: word(page, 68)? })
    }
}

/// Whether a log belongs to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// The log belongs to the file.
    Belongs,
    /// The log was started over another state of the database.
    Foreign,
    /// Neither can be shown.
    Unknown,
}

/// The part of a log that SQLite would apply.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Log {
    page_size: u32,
    /// The marks that the file beneath the log can have.
    marks: Vec<u32>,
}

impl Log {
    /// Reads a log; `None` if SQLite would apply nothing of it.
    pub(super) fn read(mut log: impl Read) -> io::Result<Option<Self>> {
        let mut header = [0; LOG_HEADER];
        if !fill(&mut log, &mut header)? {
            return Ok(None);
        }
        let Some(mut frames) = Frames::begin(log, &header) else { return Ok(None) };
        let mut found = Self { page_size: frames.page_size, marks: Vec::new() };
        let mut is_empty = true;
        // Of the transaction that is being read: its version of the first page, if it writes that
        // page, and the number of pages so far.
        let (mut first_page, mut pages) = (None, 0_u32);
        while let Some(frame) = frames.next()? {
            pages = pages.saturating_add(1);
            if frame.page_number == 1 {
                first_page = FirstPage::parse(frames.page());
            }
            if !frame.is_commit {
                continue;
            }
            is_empty = false;
            if let Some(page) = first_page.take() {
                // A transaction that writes only the first page changes the mark. So the file
                // beneath it has the mark before.
                if found.marks.is_empty() && pages == 1 {
                    found.marks.push(page.mark_before);
                }
                if found.marks.last() != Some(&page.mark) {
                    found.marks.push(page.mark);
                }
            }
            pages = 0;
        }
        Ok((!is_empty).then_some(found))
    }

    /// Whether the log belongs to the file with this first page.
    pub(super) fn fits(&self, file: &FirstPage) -> Fit {
        if self.page_size != file.page_size {
            return Fit::Foreign;
        }
        match self.marks.contains(&file.mark) {
            // The file is older than the marks.
            true if file.mark == 0 => Fit::Unknown,
            true => Fit::Belongs,
            false if self.marks.is_empty() => Fit::Unknown,
            false => Fit::Foreign,
        }
    }
}

/// The content of a frame's header.
struct Frame {
    page_number: u32,
    is_commit: bool,
}

/// The valid frames of a log.
struct Frames<R> {
    log: R,
    page_size: u32,
    salts: [u8; 8],
    is_big_endian: bool,
    sums: (u32, u32),
    /// The header and the page of the last frame that was read.
    buffer: Vec<u8>,
}

impl<R: Read> Frames<R> {
    fn begin(log: R, header: &[u8; LOG_HEADER]) -> Option<Self> {
        let magic = word(header, 0)?;
        let is_big_endian = magic == LOG_MAGIC + 1;
        let page_size = word(header, 8)?;
        let is_known = (is_big_endian || magic == LOG_MAGIC) && word(header, 4)? == LOG_FORMAT;
        if !is_known || !page_size.is_power_of_two() || !(512..=65_536).contains(&page_size) {
            return None;
        }
        let sums = add_up((0, 0), header.get(..24)?, is_big_endian);
        if sums != (word(header, 24)?, word(header, 28)?) {
            return None;
        }
        let salts = header.get(16..24)?.try_into().ok()?;
        let buffer = vec![0; FRAME_HEADER + usize::try_from(page_size).ok()?];
        Some(Self { log, page_size, salts, is_big_endian, sums, buffer })
    }

    /// Reads the next frame; `None` at the end, at frames of an earlier log, and at an incomplete
    /// write.
    fn next(&mut self) -> io::Result<Option<Frame>> {
        if !fill(&mut self.log, &mut self.buffer)? {
            return Ok(None);
        }
        Ok(self.check())
    }

    fn check(&mut self) -> Option<Frame> {
        let (header, page) = self.buffer.split_at_checked(FRAME_HEADER)?;
        if header.get(8..16)? != self.salts {
            return None;
        }
        self.sums = add_up(self.sums, header.get(..8)?, self.is_big_endian);
        self.sums = add_up(self.sums, page, self.is_big_endian);
        let is_whole = self.sums == (word(header, 16)?, word(header, 20)?);
        is_whole.then_some(Frame { page_number: word(header, 0)?, is_commit: word(header, 4)? != 0 })
    }

    fn page(&self) -> &[u8] {
        self.buffer.get(FRAME_HEADER..).unwrap_or_default()
    }
}

/// Fills the buffer; `false` if the input ends before that.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Continues the log's running checksum.
fn add_up((mut first, mut second): (u32, u32), bytes: &[u8], is_big_endian: bool) -> (u32, u32) {
    let read = if is_big_endian { u32::from_be_bytes } else { u32::from_le_bytes };
    let words: Vec<u32> = bytes.as_chunks::<4>().0.iter().map(|word| read(*word)).collect();
    for [one, two] in words.as_chunks::<2>().0 {
        first = first.wrapping_add(*one).wrapping_add(second);
        second = second.wrapping_add(*two).wrapping_add(first);
    }
    (first, second)
}

#[cfg(test)]
mod tests;
