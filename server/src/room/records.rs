//! Lifetime records of a room on their way to the store: one batch at a time, and what could not be stored is tried again.

use std::collections::BTreeMap;

use sim::PlayerId;
use tokio::task::JoinHandle;

use crate::storage::{PlayerTotals, Store, day_of};

/// What is not stored yet.
#[derive(Default)]
pub(super) struct Records {
    /// What waits, a row for each player and day, however long the disk takes.
    waiting: BTreeMap<(u32, PlayerId), PlayerTotals>,
    /// The batch on its way; what it answers could not be stored.
    batch: Option<JoinHandle<Vec<PlayerTotals>>>,
}

impl Records {
    /// Takes in what players did.
    pub(super) fn add(&mut self, totals: Vec<PlayerTotals>) {
        for row in totals {
            let key = (day_of(row.last_seen_ms), row.player);
            self.waiting.entry(key).and_modify(|known| known.merge(&row)).or_insert(row);
        }
    }

    /// Stores what waits, unless the batch before is not done yet.
    pub(super) async fn store(&mut self, store: &Store) {
        if self.batch.as_ref().is_some_and(|batch| !batch.is_finished()) {
            return;
        }
        self.settle().await;
        if self.waiting.is_empty() {
            return;
        }
        let batch: Vec<_> = std::mem::take(&mut self.waiting).into_values().collect();
        let store = store.clone();
        self.batch = Some(tokio::spawn(async move {
            match store.record_totals(batch.clone()).await {
                Ok(()) => Vec::new(),
                Err(error) => {
                    tracing::error!("lifetime records could not be stored, and are kept: {error}");
                    batch
                }
            }
        }));
    }

    /// Stores the rest, as the room ends; what fails now is lost.
    pub(super) async fn finish(mut self, store: &Store) {
        self.settle().await;
        self.store(store).await;
        self.settle().await;
        if !self.waiting.is_empty() {
            tracing::error!("lifetime records are lost with the end of the room: {:?}", self.waiting);
        }
    }

    /// Waits for the batch, and takes back what could not be stored.
    async fn settle(&mut self) {
        if let Some(batch) = self.batch.take() {
            self.add(batch.await.unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;
    use tempfile::TempDir;

    use super::*;
    use crate::storage::{DATABASE_FILE, Measure, PlayerRecord, Span};

    const PLAYER: PlayerId = PlayerId(7);
    /// Noon of the first day.
    const NOON: u64 = 43_200_000;

    fn fresh() -> (TempDir, Store, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let beside = Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
        (dir, store, beside)
    }

    /// A kill, the so-many-th in a row.
    fn kill(streak: u32, last_seen_ms: u64) -> Vec<PlayerTotals> {
        let name = format!("Ada {streak}");
        vec![PlayerTotals {
            player: PLAYER,
            name,
            kills: 1,
            points: 2,
            streak,
            last_seen_ms,
            ..Default::default()
        }]
    }

    async fn stored(store: &Store, span: Span) -> Option<PlayerRecord> {
        store.record_of(PLAYER, span, Measure::Kills).await.unwrap().map(|(record, _)| record)
    }

    #[tokio::test]
    async fn what_the_database_refuses_is_kept_and_stored_later() {
        let (_dir, store, beside) = fresh();
        beside
            .execute_batch(
                "CREATE TRIGGER broken BEFORE INSERT ON players BEGIN SELECT RAISE(ABORT, 'no'); END",
            )
            .unwrap();
        let mut records = Records::default();
        records.add(kill(1, NOON));
        records.store(&store).await;
        records.settle().await;
        assert_eq!(stored(&store, Span::AllTime).await, None);
        records.add(kill(2, NOON + 1));
        records.store(&store).await;
        records.settle().await;

        beside.execute_batch("DROP TRIGGER broken").unwrap();
        records.finish(&store).await;
        let record = stored(&store, Span::AllTime).await.unwrap();
        assert_eq!((record.kills, record.points, record.best_streak), (2, 4, 2));
        assert_eq!(record.name, "Ada 2", "the last name");
    }

    #[tokio::test]
    async fn one_batch_waits_for_the_disk_however_much_comes_meanwhile() {
        let (_dir, store, beside) = fresh();
        // Nobody else can write until this is over.
        beside.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut records = Records::default();
        for streak in 1..=100 {
            records.add(kill(streak, NOON));
            records.store(&store).await;
            tokio::task::yield_now().await;
        }
        assert!(records.batch.as_ref().is_some_and(|batch| !batch.is_finished()));
        assert_eq!(records.waiting.len(), 1, "of one player");
        assert_eq!(records.waiting[&(0, PLAYER)].kills, 99, "one batch is on its way");
        beside.execute_batch("COMMIT").unwrap();
        records.finish(&store).await;
        assert_eq!(stored(&store, Span::AllTime).await.unwrap().kills, 100);
    }

    #[tokio::test]
    async fn what_waits_over_midnight_counts_for_its_own_day() {
        let (_dir, store, _) = fresh();
        let mut records = Records::default();
        records.add(kill(1, 2 * NOON - 1));
        records.add(kill(2, 2 * NOON));
        records.finish(&store).await;
        for (span, kills) in [(Span::Day(0), 1), (Span::Day(1), 1), (Span::AllTime, 2)] {
            assert_eq!(stored(&store, span).await.unwrap().kills, kills, "{span:?}");
        }
    }
}
