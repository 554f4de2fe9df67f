"""The other engines, one file each; some run in a process of their own (`worker`)."""
