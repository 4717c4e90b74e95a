SELECT evidence_id, model
FROM stances
WHERE stance NOT IN ('favor', 'against', 'neutral', 'none', 'unscored')
    OR level NOT BETWEEN -1 AND 1
    OR (stance = 'unscored' AND reason = '')
    OR (stance IN ('none', 'unscored') AND concat(change, channel, domain, modality, attribution) <> '')
