FROM python:3.13-slim
WORKDIR /app
ENV PYTHONUNBUFFERED=1 VAR_DIR=/data STATIC_ROOT=/app/static_root
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN python -m tracker.catalogues && SANDBOX=1 VAR_DIR=/tmp python manage.py collectstatic --noinput \
    && useradd --create-home doorstep && mkdir /data && chown doorstep /data
USER doorstep
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "tracker.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4"]
