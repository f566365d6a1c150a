import subprocess

from crm.celery import app


def test_a_real_worker_answers_on_the_database_of_the_tests(
    celery_worker_process: subprocess.Popen[bytes],
) -> None:
    assert len(app.control.ping(timeout=5) or ()) == 1
    assert celery_worker_process.poll() is None
