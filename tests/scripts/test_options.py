"""Options of ./run that cannot do what they say are refused, and the message says what can."""
import pytest

from commands import test as test_command
from commands.console import Problem

NO_OPTIONS = {"--long": False, **dict.fromkeys(test_command.NUMBERS)}


@pytest.mark.parametrize("name", test_command.NUMBERS)
def test_how_long_the_long_tests_take_cannot_be_said_without_asking_for_them(name):
    with pytest.raises(Problem) as refused:
        test_command.settings_of(NO_OPTIONS | {name: "60"}, "release")
    assert refused.value.fix == f"./run test --long {name} 60"
    settings = test_command.settings_of(NO_OPTIONS | {"--long": True, name: "60"}, "release")
    assert "60" in settings.values()
