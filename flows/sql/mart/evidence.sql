-- Every judgment with its sentence, its place and its source; a row per evidence and model.
CREATE OR REPLACE VIEW mart.evidence AS
SELECT
    CAST(e.evidence_id AS VARCHAR) AS evidence_id,
    CAST(e.article_id AS VARCHAR) AS article_id,
    CAST(a.published_at AS DATE) AS day,
    CAST(date_trunc('week', a.published_at) AS DATE) AS week,
    CAST(a.date_quality AS VARCHAR) AS date_quality,
    CAST(e.actor AS VARCHAR) AS actor,
    CAST(e.target AS VARCHAR) AS target,
    CAST(s.stance AS VARCHAR) AS stance,
    CAST(s.level AS DOUBLE) AS level,
    CAST(s.change AS VARCHAR) AS change,
    CAST(s.channel AS VARCHAR) AS channel,
    CAST(s.domain AS VARCHAR) AS domain,
    CAST(s.modality AS VARCHAR) AS modality,
    CAST(s.attribution AS VARCHAR) AS attribution,
    CAST(e.is_joint AS BOOLEAN) AS is_joint,
    CAST(s.p_favor AS DOUBLE) AS p_favor,
    CAST(s.p_against AS DOUBLE) AS p_against,
    CAST(s.p_neutral AS DOUBLE) AS p_neutral,
    CAST(s.p_none AS DOUBLE) AS p_none,
    CAST(s.p_change AS DOUBLE) AS p_change,
    CAST(s.p_channel AS DOUBLE) AS p_channel,
    CAST(s.p_domain AS DOUBLE) AS p_domain,
    CAST(s.p_modality AS DOUBLE) AS p_modality,
    CAST(s.p_attribution AS DOUBLE) AS p_attribution,
    CAST(s.reason AS VARCHAR) AS reason,
    CAST(e.sentence AS VARCHAR) AS sentence,
    CAST(e.start_char AS BIGINT) AS start_char,
    CAST(e.end_char AS BIGINT) AS end_char,
    CAST(e.context AS VARCHAR) AS context,
    CAST(e.language AS VARCHAR) AS language,
    CAST(a.title AS VARCHAR) AS title,
    CAST(a.publisher AS VARCHAR) AS publisher,
    CAST(a.bloc AS VARCHAR) AS bloc,
    CAST(a.url AS VARCHAR) AS url,
    CAST(a.text_method AS VARCHAR) AS text_method,
    CAST(s.model AS VARCHAR) AS model,
    CAST(s.model = (SELECT model FROM main.published) AS BOOLEAN) AS is_current,
    CAST(s.run_id AS VARCHAR) AS run_id,
    CAST(s.judged_at AS TIMESTAMP) AS judged_at
FROM main.evidence AS e
JOIN main.articles AS a USING (article_id)
JOIN main.stances AS s USING (evidence_id);

COMMENT ON VIEW mart.evidence IS 'Every judgment with its sentence, place and source; one row per evidence and model';
COMMENT ON COLUMN mart.evidence.evidence_id IS 'Identity of article, place, actor and target';
COMMENT ON COLUMN mart.evidence.article_id IS 'The article (this version of its text)';
COMMENT ON COLUMN mart.evidence.day IS 'UTC day of publication';
COMMENT ON COLUMN mart.evidence.week IS 'Monday of the UTC week of publication';
COMMENT ON COLUMN mart.evidence.date_quality IS 'given by the publisher, inferred, or the day it was collected';
COMMENT ON COLUMN mart.evidence.actor IS 'Who takes the stance';
COMMENT ON COLUMN mart.evidence.target IS 'Toward whom; from 2026-01-03 Maduro and the acting government are two targets';
COMMENT ON COLUMN mart.evidence.stance IS 'favor, against, neutral, none, or unscored (see reason)';
COMMENT ON COLUMN mart.evidence.level IS 'P(favor) - P(against), -1 to 1';
COMMENT ON COLUMN mart.evidence.change IS 'Of the support, as reported: increase, decrease, stable, or empty';
COMMENT ON COLUMN mart.evidence.channel IS 'verbal, material, both, or empty';
COMMENT ON COLUMN mart.evidence.domain IS 'diplomatic, military, economic, energy, other, or empty';
COMMENT ON COLUMN mart.evidence.modality IS 'asserted, forecast, request, historical, or empty; only asserted enters the trend';
COMMENT ON COLUMN mart.evidence.attribution IS 'Who vouches for it: actor, target, third, analyst, journalist, or empty';
COMMENT ON COLUMN mart.evidence.is_joint IS 'The sentence says the same of several actors at once';
COMMENT ON COLUMN mart.evidence.p_favor IS 'Calibrated probability of favor';
COMMENT ON COLUMN mart.evidence.p_against IS 'Calibrated probability of against';
COMMENT ON COLUMN mart.evidence.p_neutral IS 'Calibrated probability of neutral';
COMMENT ON COLUMN mart.evidence.p_none IS 'Calibrated probability of none';
COMMENT ON COLUMN mart.evidence.p_change IS 'Calibrated probability of the code in change; empty where the stance is none or unscored';
COMMENT ON COLUMN mart.evidence.p_channel IS 'Calibrated probability of the code in channel; empty where the stance is none or unscored';
COMMENT ON COLUMN mart.evidence.p_domain IS 'Calibrated probability of the code in domain; empty where the stance is none or unscored';
COMMENT ON COLUMN mart.evidence.p_modality IS 'Calibrated probability of the code in modality; empty where the stance is none or unscored';
COMMENT ON COLUMN mart.evidence.p_attribution IS 'Calibrated probability of the code in attribution; empty where the stance is none or unscored';
COMMENT ON COLUMN mart.evidence.reason IS 'Why it is unscored; else empty';
COMMENT ON COLUMN mart.evidence.sentence IS 'The sentence, word for word';
COMMENT ON COLUMN mart.evidence.start_char IS 'Where the sentence starts in the article text, in characters from 0';
COMMENT ON COLUMN mart.evidence.end_char IS 'Where it ends (exclusive)';
COMMENT ON COLUMN mart.evidence.context IS 'What the model read: the sentence, and the one before where that names the target';
COMMENT ON COLUMN mart.evidence.language IS 'ISO 639-1 code of the article''s language';
COMMENT ON COLUMN mart.evidence.title IS 'Title of the article';
COMMENT ON COLUMN mart.evidence.publisher IS 'Who published it';
COMMENT ON COLUMN mart.evidence.bloc IS 'Whose media space the publisher belongs to';
COMMENT ON COLUMN mart.evidence.url IS 'Address of the article, empty where it has none';
COMMENT ON COLUMN mart.evidence.text_method IS 'What the text is: page, summary (the feed''s), text or seed';
COMMENT ON COLUMN mart.evidence.model IS 'Which weights judged';
COMMENT ON COLUMN mart.evidence.is_current IS 'Judged by the weights of the last run; filter on it to count each evidence once';
COMMENT ON COLUMN mart.evidence.run_id IS 'The run that judged';
COMMENT ON COLUMN mart.evidence.judged_at IS 'When it was judged, UTC';
