"""An image that cannot be pulled; the last file of its folder, for that is known after two minutes only."""

from __future__ import annotations

from tests.e2e.jobs import Jobs


def test_an_image_that_cannot_be_pulled_fails_the_trial(unpulled: Jobs) -> None:
    assert unpulled.finished("unpulled", seconds=180)["phase"] == "Failed"
    [trial] = unpulled.trials("unpulled")
    assert trial["status"]["reason"] == "ImagePull"
    assert "registry.invalid/none:1" in trial["status"]["message"]
    unpulled.assert_described("unpulled", "ImagePull")
