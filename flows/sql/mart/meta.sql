-- What this file is.
CREATE OR REPLACE VIEW mart.meta AS
SELECT
    CAST(max(version) AS BIGINT) AS schema_version,
    CAST(max(published_at) AS TIMESTAMP) AS published_at,
    CAST(max(model) AS VARCHAR) AS model,
    CAST((SELECT count(*) FROM main.articles) AS BIGINT) AS n_articles,
    CAST((SELECT count(*) FROM main.evidence) AS BIGINT) AS n_evidence,
    CAST((SELECT count(*) FROM main.stances) AS BIGINT) AS n_stances
FROM main.schema_version, main.published;

COMMENT ON VIEW mart.meta IS 'What this file is: one row';
COMMENT ON COLUMN mart.meta.schema_version IS 'Version of the tables; columns of mart are only ever added';
COMMENT ON COLUMN mart.meta.published_at IS 'When this file was published, UTC';
COMMENT ON COLUMN mart.meta.model IS 'The weights of the last run';
COMMENT ON COLUMN mart.meta.n_articles IS 'Articles stored, all versions';
COMMENT ON COLUMN mart.meta.n_evidence IS 'Evidence found';
COMMENT ON COLUMN mart.meta.n_stances IS 'Judgments of all models';
