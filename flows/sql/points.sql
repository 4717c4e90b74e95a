-- The points of mart.stance_weekly by the model before and by the current one, over the
-- evidence that both judged; empty where a model finds no stance.
WITH judged AS (
    SELECT
        e.*,
        unnest(CASE e.channel
            WHEN 'both' THEN ['verbal', 'material', 'all']
            ELSE [e.channel, 'all']
        END) AS line
    FROM mart.evidence AS e
    JOIN mart.rejudged AS r ON r.evidence_id = e.evidence_id
    WHERE e.model IN (r.model_before, r.model_after)
        AND e.modality = 'asserted'
        AND e.stance IN ('favor', 'against', 'neutral')
),
points AS (
    SELECT
        week,
        actor,
        target,
        line,
        is_current,
        avg(p_favor) AS favor,
        avg(p_against) AS against,
        avg(p_neutral) AS neutral,
        avg(level) AS level,
        count(*) FILTER (change = 'increase') AS n_increase,
        count(*) FILTER (change = 'decrease') AS n_decrease,
        count(*) FILTER (change = 'stable') AS n_stable,
        count(*) AS n
    FROM judged
    GROUP BY week, actor, target, line, is_current
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
    FROM points
)
SELECT
    week,
    actor,
    target,
    line AS channel,
    coalesce(max(stance) FILTER (NOT is_current), '') AS stance_before,
    coalesce(max(stance) FILTER (is_current), '') AS stance_after,
    max(level) FILTER (NOT is_current) AS level_before,
    max(level) FILTER (is_current) AS level_after,
    coalesce(max(change) FILTER (NOT is_current), '') AS change_before,
    coalesce(max(change) FILTER (is_current), '') AS change_after,
    coalesce(max(n) FILTER (NOT is_current), 0) AS n_before,
    coalesce(max(n) FILTER (is_current), 0) AS n_after
FROM named
GROUP BY week, actor, target, line
ORDER BY week, actor, target, line
