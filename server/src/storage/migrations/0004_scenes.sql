-- What a scene shows and plays besides its background.
ALTER TABLE releases ADD COLUMN music TEXT NOT NULL DEFAULT 'none';

CREATE TABLE scene_images (
    release INTEGER NOT NULL REFERENCES releases (number),
    slot    TEXT    NOT NULL CHECK (slot IN ('player', 'orb')),
    place   INTEGER NOT NULL,
    hash    TEXT    NOT NULL REFERENCES content (hash),
    PRIMARY KEY (release, slot, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX scene_images_by_hash ON scene_images (hash);

-- Bytes that nobody will ask for are let go; that they were there, and how many they were, stays.
ALTER TABLE content ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
UPDATE content SET size = length(bytes);
ALTER TABLE content ADD COLUMN collected_ms INTEGER;
