"""Distillation: the loss is the formula, the teacher stays as it is, the student stays its author's."""

import numpy as np
import pytest
from tuning_trial.errors import UserError
from tuning_trial.tactics.given import Given

keras = pytest.importorskip("keras")
from tuning_trial.tactics.applying import training  # noqa: E402 - after the check for Keras
from tuning_trial.transfer.teaching import Teacher, find_teacher, taught  # noqa: E402

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow, NumPy 2
]

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 5)).astype("float32")
Y = RNG.integers(0, 3, 64)
T, W = 4.0, 0.6


def classifier(outputs=3, activation=None, width=None, inputs=5, seed=1, **layer):
    hidden = [keras.layers.Dense(width, "tanh", kernel_initializer=init(seed))] if width else []
    last = keras.layers.Dense(outputs, activation, kernel_initializer=init(seed + 1), **layer)
    return keras.Sequential([keras.Input((inputs,)), *hidden, last])


def init(seed):
    return keras.initializers.RandomNormal(stddev=1.0, seed=seed)


def compiled(model, loss=None):
    loss = loss or keras.losses.SparseCategoricalCrossentropy(
        from_logits=model.layers[-1].activation.__name__ == "linear"
    )
    model.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy"])
    return model


def saved(directory, model):
    model.save(directory / "teacher.keras")
    return model


def fit(directory, model, epochs=1, **options):
    values = {"teacher": "teacher.keras", "distillation_temperature": T, "distillation_weight": W}
    arguments = {"x": X, "y": Y, "epochs": epochs, "batch_size": 64, "verbose": 0} | options
    with training(model, arguments, Given.of(values), directory=directory) as changed:
        return model.fit(**changed).history


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def plain_logits(model, x=X):
    """What the last layer gives before its activation."""
    kernel, bias = model.layers[-1].get_weights()
    hidden = model.layers[0](x).numpy() if len(model.layers) > 1 else x
    return hidden @ kernel + bias


def divergence(t, s):
    return float(np.mean(np.sum(t * np.log(t / s), axis=-1)))


@pytest.mark.parametrize("teacher_ends", [None, "softmax"])
@pytest.mark.parametrize("student_ends", [None, "softmax"])
def test_the_loss_is_the_formula_whatever_both_end_with(tmp_path, teacher_ends, student_ends):
    """(1 − w) · crossentropy + w · T² · KL(softmax(t/T) ‖ softmax(s/T)), in NumPy."""
    teacher = saved(tmp_path, classifier(activation=teacher_ends, width=7, seed=5))
    student = compiled(classifier(activation=student_ends))
    z, t = plain_logits(student), plain_logits(teacher)
    hard = -np.mean(np.log(softmax(z)[np.arange(64), Y]))
    soft = T**2 * divergence(softmax(t / T), softmax(z / T))
    assert fit(tmp_path, student)["loss"] == [pytest.approx((1 - W) * hard + W * soft, rel=1e-4)]


@pytest.mark.parametrize("ends", [None, "sigmoid"])
def test_outputs_that_are_each_a_yes_or_no_are_taught_one_by_one(tmp_path, ends):
    teacher = saved(tmp_path, classifier(2, "sigmoid", width=7, seed=5))
    student = compiled(classifier(2, ends), keras.losses.BinaryCrossentropy(from_logits=ends is None))
    y = np.stack([Y == 0, Y == 1], axis=1).astype("float32")
    z, t = (np.stack([0 * v, v], axis=-1) for v in (plain_logits(student), plain_logits(teacher)))
    hard = -np.mean(np.log(np.where(y == 1, softmax(z)[..., 1], softmax(z)[..., 0])))
    soft = T**2 * divergence(softmax(t / T), softmax(z / T))
    assert fit(tmp_path, student, y=y)["loss"] == [pytest.approx((1 - W) * hard + W * soft, rel=1e-4)]


def test_regularisation_keeps_its_weight_and_validation_is_by_the_author_s_loss(tmp_path):
    saved(tmp_path, classifier(width=7, seed=5))
    plain, decayed = (compiled(classifier(kernel_regularizer=keras.regularizers.L2(l2))) for l2 in (0.0, 0.1))
    penalty = 0.1 * float((decayed.layers[-1].get_weights()[0] ** 2).sum())
    assert fit(tmp_path, decayed)["loss"][0] - fit(tmp_path, plain)["loss"][0] == pytest.approx(
        penalty, rel=1e-3
    )
    student = compiled(classifier())
    history = fit(tmp_path, student, validation_data=(X, Y))
    judged = student.evaluate(X, Y, verbose=0, return_dict=True)
    assert history["val_loss"] == [pytest.approx(judged["loss"], rel=1e-5)]
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}


def test_a_student_agrees_more_with_its_teacher_who_stays_as_he_is(tmp_path):
    teacher = classifier(width=16, seed=5)
    saved(tmp_path, teacher)
    weights = teacher.get_weights()
    choices = np.argmax(teacher(X), axis=1)
    agreement = {}
    for name in ("alone", "taught"):
        student = compiled(classifier(width=16, seed=9))
        if name == "taught":
            fit(tmp_path, student, epochs=20)
        else:
            student.fit(X, Y, epochs=20, batch_size=64, verbose=0)
        agreement[name] = float(np.mean(np.argmax(student(X), axis=1) == choices))
    assert agreement["taught"] > agreement["alone"] + 0.2
    kept = keras.saving.load_model(tmp_path / "teacher.keras").get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(weights, kept, strict=True))


def test_the_teacher_is_in_no_gradient_and_in_no_file(tmp_path):
    saved(tmp_path, classifier(width=7, seed=5))
    student = compiled(classifier())
    own = student.compute_loss
    teacher = find_teacher(student, "teacher.keras", tmp_path, "numbers", student.loss)
    before = teacher.model.get_weights()
    with taught(student, teacher):
        student.fit(X, Y, verbose=0)
        student.save(tmp_path / "student.keras")
    assert student.compute_loss == own
    assert all(np.array_equal(a, b) for a, b in zip(before, teacher.model.get_weights(), strict=True))
    read = keras.saving.load_model(tmp_path / "student.keras")
    assert (len(read.weights), type(read)) == (2, keras.Sequential)


@pytest.mark.parametrize(
    ("teacher", "student", "words"),
    [
        (classifier(4), classifier(), r"teacher\.keras' has outputs of shape \(4,\), and .* \(3,\)"),
        (classifier(inputs=6), classifier(), r"has inputs of shape \(6,\), and the model of shape \(5,\)"),
        (classifier(activation="sigmoid"), classifier(), "sigmoid; take a teacher that ends with softmax"),
        (classifier(activation="relu"), classifier(), "ends with no activation that is known"),
    ],
)  # fmt: skip
def test_a_teacher_of_another_kind_is_refused_by_both(tmp_path, teacher, student, words):
    saved(tmp_path, teacher)
    with pytest.raises(UserError, match=words):
        fit(tmp_path, compiled(student))


def test_shapes_that_only_the_data_tells_are_compared_in_the_first_step(tmp_path):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def call(self, x):
            return self.dense(x)

    saved(tmp_path, classifier(3))
    student = Own()
    student.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    with pytest.raises(UserError, match=r"outputs of shape \(3,\), and the model of shape \(1,\)"):
        fit(tmp_path, student)


def test_what_cannot_be_taught_is_refused(tmp_path):
    saved(tmp_path, classifier())
    with pytest.raises(UserError, match="teacher cannot be applied to the loss 'mse'"):
        fit(tmp_path, compiled(classifier(), "mse"))
    with pytest.raises(UserError, match=r"cannot be applied to data with sample_weight"):
        fit(tmp_path, compiled(classifier()), sample_weight=np.ones(64))


def test_a_train_step_that_never_asks_for_the_loss_ends_after_its_first_epoch(tmp_path):
    class Own(keras.Sequential):
        def train_step(self, data):
            return {"loss": 0.0}

    saved(tmp_path, classifier())
    model = Own([keras.Input((5,)), keras.layers.Dense(3)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(UserError, match=r"acts in compute_loss, which Own's own training never calls"):
        fit(tmp_path, model, epochs=3)


def test_keras_own_soft_loss_is_given_an_object():
    """By the name of its loss, Keras 3.15 takes logits for probabilities: the reason why we do not."""
    logits = np.array([[2.0, -1.0, 0.5]], "float32")
    by_name = keras.distillation.LogitsDistillation(1.0, "kl_divergence")
    assert float(by_name.compute_loss(logits, -logits)) != pytest.approx(
        divergence(softmax(logits), softmax(-logits)), rel=0.01
    )
    model = keras.Sequential([keras.Input((3,)), keras.layers.Identity()])
    teacher = Teacher(model, "logits", "logits", False, "")
    assert float(teacher.soft_loss(logits, -logits, 1.0)) == pytest.approx(
        divergence(softmax(logits), softmax(-logits)), rel=1e-4
    )
