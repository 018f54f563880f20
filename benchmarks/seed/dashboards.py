"""Times pages as the province's supervisor: `python -m benchmarks.seed.dashboards ROUNDS URL...`; prints one JSON line."""

import json
import statistics
import sys
import time

import django

if __name__ == "__main__":
    django.setup()
    from django.test import Client

    from regions.models import Officer

    rounds, urls = int(sys.argv[1]), sys.argv[2:]
    client = Client(SERVER_NAME="localhost")
    client.force_login(Officer.objects.get(username="bench-supervisor"))
    found: dict[str, float] = {}
    for url in urls:
        times = []
        for _ in range(rounds + 2):
            began = time.perf_counter()
            answer = client.get(url)
            times.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 200:
                sys.exit(f"{url}: {answer.status_code}")
        found[url] = statistics.median(times[2:])
    print(json.dumps(found))
