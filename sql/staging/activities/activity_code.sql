-- grain: one row per activity of the decree whose unit can be counted as printed, with that unit in small letters
-- member: none
-- The others have a unit that can't be counted (persen, OPD, ..) or one that fights its indicator; they stay text in
-- the decree's table. tests/sql/test_activities.py holds this list against that table.
select
    listed.code,
    listed.unit
from (
    values
    ('KEG-19', 'orang'),
    ('KEG-20', 'orang'),
    ('KEG-21', 'orang'),
    ('KEG-23', 'berkas'),
    ('KEG-24', 'kegiatan'),
    ('KEG-25', 'orang'),
    ('KEG-28', 'berkas'),
    ('KEG-30', 'kegiatan'),
    ('KEG-31', 'kegiatan'),
    ('KEG-32', 'berkas'),
    ('KEG-33', 'berkas'),
    ('KEG-34', 'kegiatan'),
    ('KEG-36', 'berkas')
) as listed (code, unit)
