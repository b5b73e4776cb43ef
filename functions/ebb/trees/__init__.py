"""The run's own trees, walked in pure Python: `model.tar.gz` in, the endpoint's answers out.

    model = read_model(archive)                  archive.py, model_file.py, model.py, tree.py
    work(model, rows=100)                        work.py: what it would cost, before it is begun
    answer_text(answers(model, rows))            margins.py, objectives.py, answer_text.py

A model comes from outside and is hostile until it is checked; what cannot be evaluated to the container's own bits
is an `UnusableModelError`. Answers are those of images 3.0-5 and 3.2-0 on x86-64.
"""
