//! What the store promises about operators and the audit log, on real files.

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

async fn add(store: &Store, name: &str, role: Role) -> Operator {
    store.add_operator(name.into(), role, "hash".into(), false, "test".into()).await.unwrap().unwrap()
}

async fn change(store: &Store, name: &str, change: OperatorChange) -> Result<Operator, OperatorError> {
    store.change_operator(name.into(), change, "test".into()).await.unwrap()
}

async fn log_in(store: &Store, hash: u8, operator: Option<u32>, token: Option<u32>, lasts_ms: u64) {
    let session = NewOperatorSession { hash: [hash; 32], operator, token, lasts_ms };
    store.open_operator_session(session, "test".into()).await.unwrap();
}

async fn is_in(store: &Store, hash: u8) -> bool {
    store.operator_session([hash; 32]).await.unwrap().is_some()
}

fn to_role(role: Role) -> OperatorChange {
    OperatorChange { role: Some(role), ..OperatorChange::default() }
}

fn disabled(disabled: bool) -> OperatorChange {
    OperatorChange { disabled: Some(disabled), ..OperatorChange::default() }
}

#[tokio::test]
async fn operators_sessions_and_tokens_survive_a_restart() {
    let dir = directory();
    let store = Store::open(dir.path()).unwrap();
    let ada = add(&store, "Ada", Role::Publisher).await;
    log_in(&store, 1, Some(ada.id), None, 60_000).await;
    let by = Author { name: "Ada".into(), address: Some("192.0.2.1".into()) };
    let token = store.add_operator_token(ada.id, "ci".into(), Role::Viewer, [9; 32], by).await.unwrap();
    store.close().await;

    let store = Store::open(dir.path()).unwrap();
    let (found, hash) = store.operator("ADA".into()).await.unwrap().expect("names have no case");
    assert_eq!((found.name.as_str(), found.role, hash.as_str()), ("Ada", Role::Publisher, "hash"));
    let session = store.operator_session([1; 32]).await.unwrap().unwrap();
    assert_eq!(session.operator.unwrap().id, ada.id);
    let (owner, known) = store.operator_token([9; 32]).await.unwrap().unwrap();
    assert_eq!((owner.id, Some(known.id), known.role), (ada.id, token, Role::Viewer));
    let log = store.audit_log(10).await.unwrap();
    let made = log.iter().find(|entry| entry.action == "token_made").unwrap();
    assert_eq!((made.who.as_str(), made.address.as_deref()), ("Ada", Some("192.0.2.1")));
}

#[tokio::test]
async fn the_last_admin_stays_one() {
    let dir = directory();
    let store = Store::open(dir.path()).unwrap();
    add(&store, "ada", Role::Admin).await;
    add(&store, "bob", Role::Publisher).await;
    for attempt in [to_role(Role::Viewer), disabled(true)] {
        assert_eq!(change(&store, "ada", attempt).await.unwrap_err(), OperatorError::LastAdmin);
    }
    change(&store, "bob", to_role(Role::Admin)).await.unwrap();
    change(&store, "ada", disabled(true)).await.unwrap();
    assert_eq!(change(&store, "bob", to_role(Role::Publisher)).await.unwrap_err(), OperatorError::LastAdmin);
    change(&store, "ada", disabled(false)).await.unwrap();
    change(&store, "bob", to_role(Role::Publisher)).await.unwrap();
    assert_eq!(change(&store, "eve", disabled(true)).await.unwrap_err(), OperatorError::Unknown);
}

#[tokio::test]
async fn the_first_account_is_made_once_and_no_name_twice() {
    let dir = directory();
    let store = Store::open(dir.path()).unwrap();
    let first = async |name: &str, only_first| {
        let hash = "hash".to_owned();
        store.add_operator(name.into(), Role::Admin, hash, only_first, "test".into()).await.unwrap()
    };
    assert!(!store.has_operators().await.unwrap());
    first("ada", true).await.unwrap();
    assert_eq!(first("bob", true).await.unwrap_err(), OperatorError::NotFirst);
    assert_eq!(first("Ada", false).await.unwrap_err(), OperatorError::NameTaken);
    assert_eq!(store.operators().await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_is_shut_out_or_gets_another_password_is_logged_out() {
    let dir = directory();
    let store = Store::open(dir.path()).unwrap();
    add(&store, "root", Role::Admin).await;
    let ada = add(&store, "ada", Role::Viewer).await;
    let token = store.add_operator_token(ada.id, "ci".into(), Role::Viewer, [9; 32], "ada".into());
    let token = token.await.unwrap();
    log_in(&store, 1, Some(ada.id), None, 60_000).await;
    change(&store, "ada", disabled(true)).await.unwrap();
    assert!(!is_in(&store, 1).await);
    assert!(store.operator_token([9; 32]).await.unwrap().is_none(), "nor is the token good");
    change(&store, "ada", disabled(false)).await.unwrap();
    assert!(!is_in(&store, 1).await, "a session that has ended does not come back");
    assert!(store.operator_token([9; 32]).await.unwrap().is_some());

    log_in(&store, 2, Some(ada.id), None, 60_000).await;
    log_in(&store, 3, Some(ada.id), None, 60_000).await;
    store.set_own_password(ada.id, "new".into(), Some([3; 32]), "ada".into()).await.unwrap();
    assert!(!is_in(&store, 2).await && is_in(&store, 3).await, "all but one's own");
    let reset = OperatorChange { password_hash: Some("newer".into()), ..OperatorChange::default() };
    change(&store, "ada", reset).await.unwrap();
    assert!(!is_in(&store, 3).await);

    log_in(&store, 4, Some(ada.id), token, 60_000).await;
    assert!(is_in(&store, 4).await);
    assert!(store.revoke_operator_token(token.unwrap(), Some(ada.id), "ada".into()).await.unwrap());
    assert!(!is_in(&store, 4).await, "a session ends with its token");
}

#[tokio::test]
async fn a_session_ends_by_itself_and_the_oldest_for_a_new_one() {
    let dir = directory();
    let store = Store::open(dir.path()).unwrap();
    let ada = add(&store, "ada", Role::Viewer).await;
    log_in(&store, 200, Some(ada.id), None, 0).await;
    assert!(!is_in(&store, 200).await, "its time is over");
    log_in(&store, 201, None, None, 60_000).await;
    for hash in 0..51 {
        log_in(&store, hash, Some(ada.id), None, 60_000).await;
    }
    let mut open = 0;
    for hash in 0..51 {
        open += u32::from(is_in(&store, hash).await);
    }
    assert_eq!(open, 50);
    assert!(is_in(&store, 201).await, "others' sessions do not count");
    assert_eq!(store.close_operator_sessions(Some(ada.id), "ada".into()).await.unwrap(), 50);
    store.forget_server_token_sessions().await.unwrap();
    assert!(!is_in(&store, 201).await);
}

#[tokio::test]
async fn the_audit_log_is_read_in_pages_and_by_whom() {
    let dir = directory();
    let store = Store::open(dir.path()).unwrap();
    for count in 0..7 {
        let who = if count % 2 == 0 { "ada" } else { "bob" };
        store.add_audit(who, "log_in_failed", None, format!("{count}")).await.unwrap();
    }
    let page = async |before, who: Option<&str>, action: Option<&str>| {
        let [who, action] = [who, action].map(|text| text.map(str::to_owned));
        let query = AuditQuery { before, limit: 3, who, action };
        let page = store.audit_page(query).await.unwrap();
        let details: Vec<_> = page.iter().map(|entry| entry.detail.clone()).collect();
        (details.join(" "), page.last().map_or(0, |entry| entry.id))
    };
    let (first, next) = page(u64::MAX, None, None).await;
    let (second, next) = (first, page(next, None, None).await);
    assert_eq!((second.as_str(), next.0.as_str()), ("6 5 4", "3 2 1"));
    assert_eq!(page(next.1, None, None).await.0, "0");
    assert_eq!(page(u64::MAX, Some("bob"), None).await.0, "5 3 1");
    assert_eq!(page(u64::MAX, None, Some("publish")).await.0, "");
}

#[tokio::test]
async fn what_is_in_the_audit_log_can_be_neither_changed_nor_deleted() {
    let dir = directory();
    let store = Store::open(dir.path()).unwrap();
    store.add_audit("ada", "publish", None, "1".into()).await.unwrap();
    store.close().await;
    // Not even by somebody who has the file open and the foresight to use SQL.
    let db = Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    for sql in ["UPDATE audit SET who = 'bob'", "DELETE FROM audit"] {
        let error = db.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("only grows"), "{error}");
    }
}
