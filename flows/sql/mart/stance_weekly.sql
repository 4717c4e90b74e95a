-- The trend: asserted judgments by week and channel, words and deeds apart.
CREATE OR REPLACE VIEW mart.stance_weekly AS
WITH judged AS (
    SELECT
        *,
        unnest(CASE channel
            WHEN 'both' THEN ['verbal', 'material', 'all']
            ELSE [channel, 'all']
        END) AS line
    FROM mart.evidence
    WHERE is_current AND modality = 'asserted' AND stance IN ('favor', 'against', 'neutral')
)
SELECT
    CAST(week AS DATE) AS week,
    CAST(actor AS VARCHAR) AS actor,
    CAST(target AS VARCHAR) AS target,
    CAST(line AS VARCHAR) AS channel,
    CAST(avg(level) AS DOUBLE) AS level,
    CAST(count(*) AS BIGINT) AS n_evidence,
    CAST(count(DISTINCT article_id) AS BIGINT) AS n_articles,
    CAST(count(*) FILTER (stance = 'favor') AS BIGINT) AS n_favor,
    CAST(count(*) FILTER (stance = 'against') AS BIGINT) AS n_against,
    CAST(count(*) FILTER (stance = 'neutral') AS BIGINT) AS n_neutral,
    CAST(count(*) FILTER (change = 'increase') AS BIGINT) AS n_increase,
    CAST(count(*) FILTER (change = 'decrease') AS BIGINT) AS n_decrease,
    CAST(count(*) FILTER (change = 'stable') AS BIGINT) AS n_stable
FROM judged
GROUP BY ALL;

COMMENT ON VIEW mart.stance_weekly IS 'Asserted judgments by week, actor, target and channel';
COMMENT ON COLUMN mart.stance_weekly.week IS 'Monday of the UTC week';
COMMENT ON COLUMN mart.stance_weekly.actor IS 'Who takes the stance';
COMMENT ON COLUMN mart.stance_weekly.target IS 'Toward whom';
COMMENT ON COLUMN mart.stance_weekly.channel IS 'verbal (words), material (deeds), or all; evidence of both counts in each';
COMMENT ON COLUMN mart.stance_weekly.level IS 'Mean of P(favor) - P(against) over the evidence, -1 to 1';
COMMENT ON COLUMN mart.stance_weekly.n_evidence IS 'Sentences behind the level';
COMMENT ON COLUMN mart.stance_weekly.n_articles IS 'Articles that they stand in';
COMMENT ON COLUMN mart.stance_weekly.n_favor IS 'Sentences that report favor';
COMMENT ON COLUMN mart.stance_weekly.n_against IS 'Sentences that report opposition';
COMMENT ON COLUMN mart.stance_weekly.n_neutral IS 'Sentences that report a neutral position';
COMMENT ON COLUMN mart.stance_weekly.n_increase IS 'Sentences that report growing support';
COMMENT ON COLUMN mart.stance_weekly.n_decrease IS 'Sentences that report shrinking support';
COMMENT ON COLUMN mart.stance_weekly.n_stable IS 'Sentences that report unchanged support';
