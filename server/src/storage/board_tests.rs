//! Lifetime records, records of a day, and boards.

use sim::PlayerId;

use super::*;

/// The day of the tests, and a time in it.
const TODAY: u32 = 20_000;
const NOON: u64 = 20_000 * 86_400_000 + 43_200_000;

fn fresh() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

fn totals(player: u32, name: &str) -> PlayerTotals {
    PlayerTotals {
        player: PlayerId(player),
        name: name.into(),
        last_seen_ms: NOON,
        ..PlayerTotals::default()
    }
}

async fn names(store: &Store, span: Span, measure: Measure) -> Vec<String> {
    store.board(span, measure, 20).await.unwrap().into_iter().map(|record| record.name).collect()
}

#[tokio::test]
async fn totals_add_up_the_best_is_kept_and_each_measure_has_its_order() {
    let (_dir, store) = fresh();
    store
        .record_totals(vec![
            PlayerTotals { kills: 3, points: 5, streak: 3, shot: 400, ..totals(1, "A") },
            PlayerTotals {
                kills: 5,
                deaths: 1,
                streak: 2,
                rounds_won: 1,
                rounds_played: 1,
                ..totals(2, "B")
            },
            PlayerTotals { deaths: 4, ..totals(3, "C") },
        ])
        .await
        .unwrap();
    let more = PlayerTotals { kills: 4, points: 2, streak: 1, shot: 900, deaths: 2, ..totals(1, "A2") };
    store.record_totals(vec![more]).await.unwrap();
    for span in [Span::AllTime, Span::Day(TODAY)] {
        assert_eq!(names(&store, span, Measure::Kills).await, ["A2", "B"], "C has none");
        assert_eq!(names(&store, span, Measure::Wins).await, ["B"]);
        assert_eq!(names(&store, span, Measure::Streak).await, ["A2", "B"]);
        assert_eq!(names(&store, span, Measure::Shot).await, ["A2"]);
        let (own, place) = store.record_of(PlayerId(1), span, Measure::Kills).await.unwrap().unwrap();
        let expect = PlayerRecord {
            player: PlayerId(1),
            name: "A2".into(),
            kills: 7,
            deaths: 2,
            points: 7,
            best_streak: 3,
            longest_shot: 900,
            ..PlayerRecord::default()
        };
        assert_eq!((own, place), (expect, 1));
        let place = store.record_of(PlayerId(3), span, Measure::Kills).await.unwrap().unwrap().1;
        assert_eq!(place, 3, "behind all who have any");
        assert_eq!(store.record_of(PlayerId(9), span, Measure::Kills).await.unwrap(), None);
    }
    assert_eq!(store.board(Span::AllTime, Measure::Kills, 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn yesterday_counts_for_ever_but_not_today_and_old_days_are_let_go() {
    let (_dir, store) = fresh();
    let day = 86_400_000;
    store
        .record_totals(vec![PlayerTotals { kills: 9, last_seen_ms: NOON - day, ..totals(1, "A") }])
        .await
        .unwrap();
    store.record_totals(vec![PlayerTotals { kills: 2, ..totals(2, "B") }]).await.unwrap();
    assert_eq!(names(&store, Span::Day(TODAY), Measure::Kills).await, ["B"]);
    assert_eq!(names(&store, Span::Day(TODAY - 1), Measure::Kills).await, ["A"]);
    assert_eq!(names(&store, Span::AllTime, Measure::Kills).await, ["A", "B"]);
    store
        .record_totals(vec![PlayerTotals { kills: 1, last_seen_ms: NOON + 7 * day, ..totals(2, "B") }])
        .await
        .unwrap();
    assert!(names(&store, Span::Day(TODAY - 1), Measure::Kills).await.is_empty());
    assert_eq!(names(&store, Span::Day(TODAY), Measure::Kills).await, ["B"]);
    assert_eq!(names(&store, Span::AllTime, Measure::Kills).await, ["A", "B"]);
}

#[tokio::test]
async fn equals_stand_in_the_order_in_which_they_came() {
    let (_dir, store) = fresh();
    let rows = [3, 1, 2].map(|id| PlayerTotals { kills: 4, ..totals(id, &format!("P{id}")) });
    store.record_totals(rows.into()).await.unwrap();
    assert_eq!(names(&store, Span::AllTime, Measure::Kills).await, ["P1", "P2", "P3"]);
    for id in 1..=3 {
        let place = store.record_of(PlayerId(id), Span::AllTime, Measure::Kills).await.unwrap().unwrap().1;
        assert_eq!(place, u64::from(id));
    }
}
