//! How long the disk takes to make bytes durable.

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

/// What is written each time, in bytes: a page of the database.
const PAGE_BYTES: usize = 4 * 1024;

/// What one fdatasync takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fsync {
    /// After a file has grown by a page, so that its new length has to be durable as well.
    pub(crate) append: Summary,
    /// After a page was written over, as SQLite's log does once it has started over.
    pub(crate) in_place: Summary,
}

/// Measures each for so long, with a file in this folder.
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

/// Writes a page where `place` goes and syncs, for so long.
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
