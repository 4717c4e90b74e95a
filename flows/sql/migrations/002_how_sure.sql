-- The calibrated probability of the code that each field was given.
ALTER TABLE stances ADD COLUMN p_change DOUBLE;
ALTER TABLE stances ADD COLUMN p_channel DOUBLE;
ALTER TABLE stances ADD COLUMN p_domain DOUBLE;
ALTER TABLE stances ADD COLUMN p_modality DOUBLE;
ALTER TABLE stances ADD COLUMN p_attribution DOUBLE;
