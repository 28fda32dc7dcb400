"""scikit-learn with the SDK: gradient-boosted trees on handwritten digits, a stage of trees at a time.

Try it without tuning anything:  python forest.py
"""

from sklearn.datasets import load_digits
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import train_test_split
from tuning_trial import parameters, report, should_stop

STAGES = 5  # steps of a trial; each one adds TREES trees for each digit
TREES = 2
DEFAULTS = {"learning_rate": 0.1, "max_depth": 3, "subsample": 1.0, "max_features": "all"}


def main():
    """Train with this trial's parameters, and report the accuracy after each stage."""
    chosen = DEFAULTS | parameters()
    x, y = load_digits(return_X_y=True)
    x, x_val, y, y_val = train_test_split(x, y, test_size=0.5, stratify=y, random_state=0)
    features = chosen.pop("max_features")
    model = GradientBoostingClassifier(
        **chosen, max_features=None if features == "all" else features, random_state=0, warm_start=True
    )
    for step in range(1, STAGES + 1):
        model.set_params(n_estimators=step * TREES).fit(x, y)
        report(step=step, val_accuracy=model.score(x_val, y_val))
        if should_stop():
            break


if __name__ == "__main__":
    main()
