"""Words in names that say which view of a subject an image shows: its side, or a channel."""

LETTERS = ("l", "r")
SIDES = ("left", "right", "od", "os", "front", "back", "rear", "top", "bottom", "side")
STAINS = (
    *("dapi", "gfp", "rfp", "yfp", "cfp", "mcherry", "fitc", "cy3", "cy5", "tritc", "hoechst"),
    *("brightfield", "phase", "bf", "dic"),
)
