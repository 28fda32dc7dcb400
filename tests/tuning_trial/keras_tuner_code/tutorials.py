"""Code as the field's tutorials have it: nothing is changed but the data, which is small and made up."""

IMAGES = """
import numpy as np
rng = np.random.default_rng(0)
x_train = rng.normal(size=(64, 28, 28)).astype("float32")
y_train = (x_train.mean((1, 2)) > 0).astype("int32")
x_val, y_val = x_train[:16], y_train[:16]
"""

# "Getting started with KerasTuner", with the names of older posts
DENSE = (
    IMAGES
    + """
from tensorflow import keras
from tensorflow.keras import layers
from kerastuner.tuners import RandomSearch

def build_model(hp):
    model = keras.Sequential()
    model.add(layers.Flatten(input_shape=(28, 28)))
    for i in range(hp.Int('num_layers', 1, 3)):
        model.add(layers.Dense(units=hp.Int('units_' + str(i), min_value=32, max_value=512, step=32),
                               activation='relu'))
    model.add(layers.Dense(10, activation='softmax'))
    model.compile(optimizer=keras.optimizers.Adam(hp.Choice('learning_rate', [1e-2, 1e-3, 1e-4])),
                  loss='sparse_categorical_crossentropy', metrics=['accuracy'])
    return model

tuner = RandomSearch(build_model, objective=['val_accuracy', 'train_time'], max_trials=5,
                     directory='my_dir', project_name='helloworld')
tuner.search_space_summary()
tuner.search(x_train, y_train, epochs=2, validation_data=(x_val, y_val))
models = tuner.get_best_models(num_models=2)
tuner.results_summary()
"""
)

# "Introduction to the Keras Tuner"
HYPERBAND = (
    IMAGES
    + """
import tensorflow as tf
from tensorflow import keras
import keras_tuner as kt

def model_builder(hp):
  model = keras.Sequential()
  model.add(keras.layers.Flatten(input_shape=(28, 28)))
  hp_units = hp.Int('units', min_value=32, max_value=512, step=32)
  model.add(keras.layers.Dense(units=hp_units, activation='relu'))
  model.add(keras.layers.Dense(10))
  hp_learning_rate = hp.Choice('learning_rate', values=[1e-2, 1e-3, 1e-4])
  model.compile(optimizer=keras.optimizers.Adam(learning_rate=hp_learning_rate),
                loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                metrics=['accuracy'])
  return model

tuner = kt.Hyperband(model_builder, objective='val_accuracy', max_epochs=10, factor=3,
                     directory='my_dir', project_name='intro_to_kt')
stop_early = tf.keras.callbacks.EarlyStopping(monitor='val_loss', patience=1)
tuner.search(x_train, y_train, epochs=4, validation_split=0.2, callbacks=[stop_early])
best_hps = tuner.get_best_hyperparameters(num_trials=1)[0]
model = tuner.hypermodel.build(best_hps)
history = model.fit(x_train, y_train, epochs=50, validation_split=0.2)
"""
)

# the HyperModel with `shuffle` tuned in its fit
HYPERMODEL = (
    IMAGES
    + """
import keras
import keras_tuner
from keras import layers

class MyHyperModel(keras_tuner.HyperModel):
    def build(self, hp):
        model = keras.Sequential()
        model.add(layers.Flatten())
        model.add(layers.Dense(
            units=hp.Int("units", min_value=32, max_value=512, step=32), activation="relu"))
        model.add(layers.Dense(10, activation="softmax"))
        model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    def fit(self, hp, model, *args, **kwargs):
        return model.fit(*args, shuffle=hp.Boolean("shuffle"), **kwargs)

if __name__ == "__main__":
    tuner = keras_tuner.BayesianOptimization(MyHyperModel(), objective="val_accuracy", max_trials=3,
                                             overwrite=True)
    tuner.search(x_train, y_train, epochs=2, validation_data=(x_val, y_val))
"""
)

# "Custom training loops" of the guides
LOOP = (
    IMAGES
    + """
import keras_tuner
import tensorflow as tf
import keras

class MyHyperModel(keras_tuner.HyperModel):
    def build(self, hp):
        inputs = keras.Input(shape=(28, 28))
        x = keras.layers.Flatten()(inputs)
        x = keras.layers.Dense(units=hp.Choice("units", [32, 64, 128]), activation="relu")(x)
        outputs = keras.layers.Dense(10)(x)
        return keras.Model(inputs=inputs, outputs=outputs)

    def fit(self, hp, model, x, y, validation_data, callbacks=None, **kwargs):
        batch_size = hp.Int("batch_size", 32, 128, step=32, default=64)
        train_ds = tf.data.Dataset.from_tensor_slices((x, y)).batch(batch_size)
        validation_data = tf.data.Dataset.from_tensor_slices(validation_data).batch(batch_size)
        optimizer = keras.optimizers.Adam(hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3))
        loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        epoch_loss_metric = keras.metrics.Mean()

        @tf.function
        def run_train_step(images, labels):
            with tf.GradientTape() as tape:
                logits = model(images)
                loss = loss_fn(labels, logits)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))

        @tf.function
        def run_val_step(images, labels):
            epoch_loss_metric.update_state(loss_fn(labels, model(images)))

        for callback in callbacks:
            callback.set_model(model)
        best_epoch_loss = float("inf")
        for epoch in range(2):
            for images, labels in train_ds:
                run_train_step(images, labels)
            for images, labels in validation_data:
                run_val_step(images, labels)
            epoch_loss = float(epoch_loss_metric.result().numpy())
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs={"my_metric": epoch_loss})
            epoch_loss_metric.reset_state()
            best_epoch_loss = min(best_epoch_loss, epoch_loss)
        return best_epoch_loss

tuner = keras_tuner.RandomSearch(objective=keras_tuner.Objective("my_metric", "min"), max_trials=2,
                                 hypermodel=MyHyperModel(), directory="results",
                                 project_name="custom_training")
tuner.search(x=x_train, y=y_train, validation_data=(x_val, y_val))
"""
)

# a Tuner of one's own
OWN_TUNER = (
    IMAGES
    + """
import keras
import keras_tuner as kt

class MyTuner(kt.Tuner):
    def run_trial(self, trial, x, y, **kwargs):
        hp = trial.hyperparameters
        model = self.hypermodel.build(hp)
        model.fit(x, y, batch_size=hp.Choice("batch_size", [8, 16]), epochs=2, verbose=0)
        return {"score": model.evaluate(x, y, verbose=0)}

def build_model(hp):
    hidden = keras.layers.Dense(hp.Int("units", 2, 8))
    model = keras.Sequential([keras.layers.Flatten(), hidden, keras.layers.Dense(2)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model

tuner = MyTuner(oracle=kt.oracles.RandomSearchOracle(objective=kt.Objective("score", "min"), max_trials=7),
                hypermodel=build_model)
tuner.search(x_train, y_train)
"""
)

# "How to tune the batch size", of Keras Tuner's frequently asked questions
BATCH_TUNER = DENSE.replace(
    "tuner = RandomSearch(",
    """
class MyTuner(RandomSearch):
    def run_trial(self, trial, *args, **kwargs):
        kwargs['batch_size'] = trial.hyperparameters.Int('batch_size', 32, 64, step=32)
        return super(MyTuner, self).run_trial(trial, *args, **kwargs)

tuner = MyTuner(""",
)

# a search that is handed the space beforehand, and tunes nothing else
PRESET = DENSE.replace(
    "tuner = RandomSearch(build_model,",
    "import keras_tuner\nhp = keras_tuner.HyperParameters()\nhp.Float('learning_rate', 1e-4, 1e-2)\n"
    "tuner = RandomSearch(build_model, hyperparameters=hp, tune_new_entries=False,",
)

# "GridSearch" of the API's pages
GRID = (
    IMAGES
    + """
import keras
import keras_tuner

def build_model(hp):
    model = keras.Sequential([keras.layers.Flatten()])
    for i in range(hp.Int("num_layers", 1, 2)):
        model.add(keras.layers.Dense(hp.Int(f"units_{i}", 32, 64, step=32), activation="relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(keras.optimizers.Adam(hp.Choice("learning_rate", [1e-2, 1e-3])),
                  "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

tuner = keras_tuner.GridSearch(build_model, objective="val_accuracy", max_trials=None, directory="grid")
tuner.search(x_train, y_train, epochs=2, validation_data=(x_val, y_val))
print(tuner.get_best_models()[0].summary())
"""
)

# "SklearnTuner" of the API's pages
SKLEARN = """
import keras_tuner
from sklearn import datasets, ensemble, linear_model, metrics, model_selection

def build_model(hp):
    model_type = hp.Choice('model_type', ['random_forest', 'ridge'])
    if model_type == 'random_forest':
        model = ensemble.RandomForestClassifier(
            n_estimators=hp.Int('n_estimators', 10, 50, step=10),
            max_depth=hp.Int('max_depth', 3, 10))
    else:
        model = linear_model.RidgeClassifier(alpha=hp.Float('alpha', 1e-3, 1, sampling='log'))
    return model

tuner = keras_tuner.tuners.SklearnTuner(
    oracle=keras_tuner.oracles.BayesianOptimizationOracle(
        objective=keras_tuner.Objective('score', 'max'),
        max_trials=10),
    hypermodel=build_model,
    scoring=metrics.make_scorer(metrics.accuracy_score),
    cv=model_selection.StratifiedKFold(5),
    directory='.',
    project_name='my_project')

X, y = datasets.load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = model_selection.train_test_split(
    X, y, test_size=0.2)

tuner.search(X_train, y_train)
best_model = tuner.get_best_models(num_models=1)[0]
"""
