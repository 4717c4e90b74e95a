-- Where each actor stands, as mart.latest_stance has it, by the model before and by the
-- current one, over the evidence that both judged; empty where a model finds no stance.
WITH judged AS (
    SELECT
        e.actor,
        e.target,
        e.week,
        e.p_favor,
        e.p_against,
        e.p_neutral,
        e.is_current,
        max(e.week) OVER (PARTITION BY e.actor, e.target, e.is_current) AS last_week
    FROM mart.evidence AS e
    JOIN mart.rejudged AS r ON r.evidence_id = e.evidence_id
    WHERE e.model IN (r.model_before, r.model_after)
        AND e.modality = 'asserted'
        AND e.stance IN ('favor', 'against', 'neutral')
),
means AS (
    SELECT
        actor,
        target,
        is_current,
        avg(p_favor) AS favor,
        avg(p_against) AS against,
        avg(p_neutral) AS neutral,
        count(*) AS n
    FROM judged
    WHERE week = last_week
    GROUP BY actor, target, is_current
),
named AS (
    SELECT
        *,
        favor - against AS level,
        CASE
            WHEN favor >= greatest(against, neutral) THEN 'favor'
            WHEN against >= neutral THEN 'against'
            ELSE 'neutral'
        END AS stance
    FROM means
)
SELECT
    actor,
    target,
    coalesce(max(stance) FILTER (NOT is_current), '') AS stance_before,
    coalesce(max(stance) FILTER (is_current), '') AS stance_after,
    max(level) FILTER (NOT is_current) AS level_before,
    max(level) FILTER (is_current) AS level_after,
    coalesce(max(n) FILTER (NOT is_current), 0) AS n_before,
    coalesce(max(n) FILTER (is_current), 0) AS n_after
FROM named
GROUP BY actor, target
ORDER BY target DESC, actor DESC
