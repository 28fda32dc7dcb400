from tuning_trial.measures.fit_words import fit_words


def epochs(loss, val_loss=(), **last):
    made = [{"loss": one} for one in loss]
    for epoch, value in zip(made, val_loss, strict=False):
        epoch["val_loss"] = value
    made[-1].update(last)
    return made


def test_a_validation_loss_that_turned_is_overfitting():
    (words,) = fit_words(epochs([1, 0.5, 0.2, 0.1], [1, 0.6, 0.7, 0.9]))
    assert words.startswith(
        "overfitting: val_loss rose from 0.6 (epoch 2) to 0.9 while loss fell to 0.1; try"
    )


def test_a_gap_between_the_accuracies_is_overfitting():
    (words,) = fit_words(epochs([1, 0.5, 0.2], accuracy=0.99, val_accuracy=0.8))
    assert "accuracy 0.99 in training, 0.8 in validation" in words


def test_a_loss_that_hardly_moves_is_underfitting():
    (words,) = fit_words(epochs([2.3, 2.3, 2.29], [2.3, 2.3, 2.3]))
    assert words.startswith("underfitting: loss went from 2.3 to 2.29 in 3 epochs")


def test_losses_that_still_fall_ask_for_more_epochs():
    (words,) = fit_words(epochs([1, 0.8, 0.6, 0.4], [1, 0.8, 0.6, 0.5]))
    assert words.startswith("still learning: loss fell from 0.6 (epoch 3) to 0.4")


def test_a_training_that_has_settled_needs_no_words():
    assert fit_words(epochs([1, 0.5, 0.3, 0.29, 0.289], [1, 0.5, 0.35, 0.34, 0.341])) == []


def test_few_epochs_and_losses_without_a_ratio_say_nothing():
    assert fit_words(epochs([1, 0.1])) == []
    assert fit_words(epochs([-1, -2, -3, -4])) == []
    assert fit_words(epochs([float("nan")] * 5)) == []
    assert fit_words([{}, {}, {}, {}]) == []
