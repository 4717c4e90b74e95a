-- Where each actor stands: its last week with asserted evidence.
CREATE OR REPLACE VIEW mart.latest_stance AS
WITH judged AS (
    SELECT
        *,
        max(week) OVER (PARTITION BY actor, target) AS last_week
    FROM mart.evidence
    WHERE is_current AND modality = 'asserted' AND stance IN ('favor', 'against', 'neutral')
),
pairs AS (
    SELECT
        actor,
        target,
        week,
        avg(p_favor) AS favor,
        avg(p_against) AS against,
        avg(p_neutral) AS neutral,
        count(*) FILTER (change = 'increase') AS n_increase,
        count(*) FILTER (change = 'decrease') AS n_decrease,
        count(*) FILTER (change = 'stable') AS n_stable,
        count(*) AS n_evidence,
        count(DISTINCT article_id) AS n_articles
    FROM judged
    WHERE week = last_week
    GROUP BY ALL
),
named AS (
    SELECT
        *,
        CASE
            WHEN favor >= greatest(against, neutral) THEN 'favor'
            WHEN against >= neutral THEN 'against'
            ELSE 'neutral'
        END AS stance,
        CASE
            WHEN n_decrease > greatest(n_increase, n_stable) THEN 'decrease'
            WHEN n_increase > greatest(n_decrease, n_stable) THEN 'increase'
            WHEN n_stable > greatest(n_decrease, n_increase) THEN 'stable'
            ELSE ''
        END AS change
    FROM pairs
),
-- The strongest sentence shows what the row says: its change where it has one, then its stance.
strongest AS (
    SELECT
        n.actor,
        n.target,
        arg_max(
            {'sentence': j.sentence, 'url': j.url, 'evidence_id': j.evidence_id},
            CAST(j.change = n.change AS DOUBLE) * 4
            + CAST(j.stance = n.stance AS DOUBLE) * 2
            + 1 - j.p_none
        ) AS evidence
    FROM named AS n
    JOIN judged AS j ON j.actor = n.actor AND j.target = n.target AND j.week = n.week
    GROUP BY ALL
)
SELECT
    CAST(n.actor AS VARCHAR) AS actor,
    CAST(n.target AS VARCHAR) AS target,
    CAST(n.week AS DATE) AS week,
    CAST(n.stance AS VARCHAR) AS stance,
    CAST(n.favor - n.against AS DOUBLE) AS level,
    CAST(n.change AS VARCHAR) AS change,
    CAST(n.n_evidence AS BIGINT) AS n_evidence,
    CAST(n.n_articles AS BIGINT) AS n_articles,
    CAST(n.n_increase AS BIGINT) AS n_increase,
    CAST(n.n_decrease AS BIGINT) AS n_decrease,
    CAST(n.n_stable AS BIGINT) AS n_stable,
    CAST(s.evidence.sentence AS VARCHAR) AS strongest_sentence,
    CAST(s.evidence.url AS VARCHAR) AS strongest_url,
    CAST(s.evidence.evidence_id AS VARCHAR) AS strongest_evidence_id
FROM named AS n
JOIN strongest AS s USING (actor, target);

COMMENT ON VIEW mart.latest_stance IS 'Where each actor stands: its last week with asserted evidence';
COMMENT ON COLUMN mart.latest_stance.actor IS 'Who takes the stance';
COMMENT ON COLUMN mart.latest_stance.target IS 'Toward whom';
COMMENT ON COLUMN mart.latest_stance.week IS 'Monday of that week, UTC';
COMMENT ON COLUMN mart.latest_stance.stance IS 'The likeliest of favor, against, neutral over all its sentences';
COMMENT ON COLUMN mart.latest_stance.level IS 'Mean of P(favor) - P(against), -1 to 1';
COMMENT ON COLUMN mart.latest_stance.change IS 'What most sentences with a change report of the support; empty on a tie or none';
COMMENT ON COLUMN mart.latest_stance.n_evidence IS 'Sentences behind the row';
COMMENT ON COLUMN mart.latest_stance.n_articles IS 'Articles that they stand in';
COMMENT ON COLUMN mart.latest_stance.n_increase IS 'Sentences that report growing support';
COMMENT ON COLUMN mart.latest_stance.n_decrease IS 'Sentences that report shrinking support';
COMMENT ON COLUMN mart.latest_stance.n_stable IS 'Sentences that report unchanged support';
COMMENT ON COLUMN mart.latest_stance.strongest_sentence IS 'The sentence that shows the row best';
COMMENT ON COLUMN mart.latest_stance.strongest_url IS 'Address of its article, empty where it has none';
COMMENT ON COLUMN mart.latest_stance.strongest_evidence_id IS 'Its row in mart.evidence';
