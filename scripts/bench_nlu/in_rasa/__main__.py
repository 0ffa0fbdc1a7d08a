"""`python -m scripts.bench_nlu.in_rasa classic|diet TASK.json ANSWER.json`, from the top of the repository.

Each answer: a name, the intents, a row of their probabilities for each sentence, seconds to fit, ms to read one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    part, task_path, answer_path = sys.argv[1:4]
    task = json.loads(Path(task_path).read_text(encoding="utf-8"))
    training = [(text, intent) for text, intent in task["training"]]
    if part == "diet":
        from scripts.bench_nlu.in_rasa.diet import measure_diet

        answers = [measure_diet(training, task["sentences"], task["epochs"])]
    else:
        from scripts.bench_nlu.in_rasa.classic import measure_all

        answers = measure_all(training, task["sentences"])
    Path(answer_path).write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main()
