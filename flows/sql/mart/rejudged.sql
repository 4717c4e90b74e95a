-- What another model changed: the current model beside the one that judged last before it.
CREATE OR REPLACE VIEW mart.rejudged AS
WITH previous AS (
    SELECT model
    FROM main.stances
    WHERE model <> (SELECT model FROM main.published)
    GROUP BY model
    ORDER BY max(judged_at) DESC, model DESC
    LIMIT 1
)
SELECT
    CAST(e.evidence_id AS VARCHAR) AS evidence_id,
    CAST(e.actor AS VARCHAR) AS actor,
    CAST(e.target AS VARCHAR) AS target,
    CAST(e.sentence AS VARCHAR) AS sentence,
    CAST(b.model AS VARCHAR) AS model_before,
    CAST(a.model AS VARCHAR) AS model_after,
    CAST(b.stance AS VARCHAR) AS stance_before,
    CAST(a.stance AS VARCHAR) AS stance_after,
    CAST(b.level AS DOUBLE) AS level_before,
    CAST(a.level AS DOUBLE) AS level_after,
    CAST(b.change AS VARCHAR) AS change_before,
    CAST(a.change AS VARCHAR) AS change_after
FROM main.evidence AS e
JOIN main.stances AS b ON b.evidence_id = e.evidence_id
JOIN main.stances AS a ON a.evidence_id = e.evidence_id
WHERE b.model = (SELECT model FROM previous) AND a.model = (SELECT model FROM main.published);

COMMENT ON VIEW mart.rejudged IS 'Evidence that both the current model and the one that judged last before it have judged; no rows while there is one model';
COMMENT ON COLUMN mart.rejudged.evidence_id IS 'Its rows in mart.evidence';
COMMENT ON COLUMN mart.rejudged.actor IS 'Who takes the stance';
COMMENT ON COLUMN mart.rejudged.target IS 'Toward whom';
COMMENT ON COLUMN mart.rejudged.sentence IS 'The sentence, word for word';
COMMENT ON COLUMN mart.rejudged.model_before IS 'Of all other models the one with the newest judgment';
COMMENT ON COLUMN mart.rejudged.model_after IS 'The weights of the last run';
COMMENT ON COLUMN mart.rejudged.stance_before IS 'Stance by the model before';
COMMENT ON COLUMN mart.rejudged.stance_after IS 'Stance by the current model';
COMMENT ON COLUMN mart.rejudged.level_before IS 'P(favor) - P(against) by the model before, -1 to 1; empty where it declined';
COMMENT ON COLUMN mart.rejudged.level_after IS 'P(favor) - P(against) by the current model; empty where it declined';
COMMENT ON COLUMN mart.rejudged.change_before IS 'Change of the support as the model before read it, or empty';
COMMENT ON COLUMN mart.rejudged.change_after IS 'Change of the support as the current model reads it, or empty';
