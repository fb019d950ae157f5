from celery import shared_task

from orders.services import sweep


@shared_task
def sweep_risk():
    """Look again at parcels whose risk may have changed with time alone."""
    sweep.sweep_risk()
