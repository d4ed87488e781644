//! The time that the disk needs to make bytes durable.

use crate::{
    error::BenchError,
    stats::{Recorder, Summary},
};
use std::{
    fs::File,
    io::{Seek, Write},
    path::Path,
    time::{Duration, Instant},
};

/// The size of each write, in bytes: a page of the database.
const PAGE_BYTES: usize = 4 * 1024;

/// The durations of fdatasync.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fsync {
    /// After appending a page to a file, so that the new length must also become durable.
    pub(crate) append: Summary,
    /// After overwriting a page, as SQLite does in its log when it has restarted from the
    /// beginning.
    pub(crate) in_place: Summary,
}

/// Measures both kinds for `length` each, with a file in this folder.
pub(crate) async fn measure(folder: &Path, length: Duration) -> Result<Fsync, BenchError> {
    let folder = folder.to_owned();
    let measure = move || {
        let mut file = tempfile::tempfile_in(folder).map_err(BenchError::io("making a file to sync"))?;
        let append = sync_again_and_again(&mut file, length, |_| Ok(()))?;
        let in_place = sync_again_and_again(&mut file, length, Seek::rewind)?;
        Ok(Fsync { append, in_place })
    };
    tokio::task::spawn_blocking(measure).await?
}

/// Repeats for `length`: moves to the place in the file with `place`, writes a page and syncs.
fn sync_again_and_again(
    file: &mut File,
    length: Duration,
    place: impl Fn(&mut File) -> std::io::Result<()>,
) -> Result<Summary, BenchError> {
    let page = [0x55; PAGE_BYTES];
    let recorder = Recorder::new()?;
    let end = Instant::now() + length;
    let mut start = Instant::now();
    while start < end {
        place(file).and_then(|()| file.write_all(&page)).map_err(BenchError::io("writing a file to sync"))?;
        file.sync_data().map_err(BenchError::io("syncing a file"))?;
        let now = Instant::now();
        recorder.record(now - start);
        start = now;
    }
    Ok(recorder.summary())
}
