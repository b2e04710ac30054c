-- Twenty thousand readers, two of whose messages are sent; five thousand wait, fifty of them in somebody's hands.
INSERT INTO revisions VALUES ('r', 'c', '{}', now());
INSERT INTO campaigns SELECT slug, 'a', 'published', 'r', 0, now() FROM unnest(ARRAY['c', 'd']) AS slug;
INSERT INTO subscribers
SELECT n, 'reader' || n || '@example.org', 'reader' || n || '@example.org', '', 'Europe/London', '{}', now()
FROM generate_series(1, 20000) AS n;
INSERT INTO memberships
SELECT CASE WHEN n <= 40 THEN 'a' ELSE 'b' END, n, 'subscribed', n
FROM generate_series(1, 20000) AS n;
INSERT INTO consents
SELECT n, n, CASE WHEN n <= 40 THEN 'a' ELSE 'b' END, 'consent', 'f', '2026-01-02', now()
FROM generate_series(1, 20000) AS n;
INSERT INTO suppressions
SELECT 'hash' || n, 'unsubscribed', '', now()
FROM generate_series(1, 20000) AS n;
INSERT INTO enrollments
SELECT n, CASE WHEN mod(n, 2) = 0 THEN 'c' ELSE 'd' END, n, 'a', 'r', 'active', '', now(), NULL
FROM generate_series(1, 20000) AS n;
INSERT INTO messages (id, enrollment_id, campaign, part, state, due_at, claimable_at, wave, sent_at)
SELECT lpad((n * 10 + part)::text, 20, '0'), n, CASE WHEN mod(n, 2) = 0 THEN 'c' ELSE 'd' END,
    part, 'accepted', now(), now(), 'w' || n / 50, now()
FROM generate_series(1, 20000) AS n, generate_series(1, 2) AS part;
INSERT INTO messages (id, enrollment_id, campaign, part, state, due_at, claimable_at, worker, lease_until, wave)
SELECT lpad((n * 10 + 3)::text, 20, '0'), n, CASE WHEN mod(n, 2) = 0 THEN 'c' ELSE 'd' END,
    '3', state, at, at, CASE WHEN state IN ('claimed', 'sending') THEN 'w' ELSE '' END, at, 'open' || n / 10
FROM (
    SELECT n, timestamptz '2026-11-23 08:00Z' + n * interval '1 minute' AS at,
        CASE WHEN n > 50 THEN 'due'
            ELSE (ARRAY['claimed', 'sending', 'uncertain', 'held'])[mod(n, 4) + 1] END AS state
    FROM generate_series(1, 5000) AS n
) AS waiting;
INSERT INTO attempts (message_id, wave, wave_order, provider, idempotency_key, request_hash, worker, started_at)
SELECT id, wave, row_number() OVER (PARTITION BY wave), 'p', wave, 'h', 'w',
    timestamptz '2026-11-23 09:00Z' - enrollment_id * interval '1 hour'
FROM messages;
INSERT INTO evidence (wave, message_id, kind, outcome, worker, recorded_at)
SELECT wave, message_id, 'look-up', 'absent', 'w', now()
FROM attempts;
ANALYZE;
