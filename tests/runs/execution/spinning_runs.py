"""Run files of the spinning resonator and of linear microrings, and the verdict of a report."""

SPINNING = """
system = "spinning"
direction = "{direction}"
[parameters]
backscattering = "decay / 4"
detuning = "{detuning} mechanical_frequency"
[run]
trajectories = {trajectories}
duration = "{duration} / mechanical_frequency"
step = "{step} / mechanical_frequency"
scheme = "exponential"
samples = 50
seed = 3
{more}
"""
DEFAULTS = {
    "direction": "forward",
    "detuning": 0.3,
    "trajectories": 8192,
    "duration": 110,
    "step": 0.04,
    "more": "",
}
LINEAR = """
system = "microrings"
[run]
trajectories = 256
duration = "{duration} / decay_a"
step = "0.02 / decay_a"
scheme = "exponential"
samples = 25
"""


def verdict_of(report):
    return report[report.index("Verdict:") :].splitlines()[0]
