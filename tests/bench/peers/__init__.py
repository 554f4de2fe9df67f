"""The others, one file each. A peer that runs in a process of its own is a `worker.Worker`."""
