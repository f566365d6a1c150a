from django.core.management import call_command


def test_everything_is_collected_translated_and_compiled() -> None:
    """When it fails, `./run messages` collects and compiles; what is left to translate it lists."""
    call_command("messages", "--check")
