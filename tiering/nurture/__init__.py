"""The nurture list: rules at a whiteboard (`rules`), asked of the book (`finding`), kept as a list (`listing`)."""
