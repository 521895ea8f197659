"""The groups apps, batch, autoscaling and policy."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kubegate.api.names import Object
from kubegate.apiserver.tables.cells import (
    NONE,
    UNKNOWN,
    Cells,
    age,
    boolean,
    containers,
    human,
    labels_text,
    name_of,
    parse_time,
    selector_text,
    since,
    template_containers,
)


def _parts(obj: Object) -> tuple[Object, Object]:
    return obj.get("spec") or {}, obj.get("status") or {}


def deployment(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    ready = f"{status.get('readyReplicas') or 0}/{spec.get('replicas') or 0}"
    return [
        name_of(obj),
        ready,
        status.get("updatedReplicas") or 0,
        status.get("availableReplicas") or 0,
        age(obj, now),
        *template_containers(obj),
        selector_text(spec.get("selector")),
    ]


def replica_set(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    counts = [spec.get("replicas") or 0, status.get("replicas") or 0, status.get("readyReplicas") or 0]
    return [name_of(obj), *counts, age(obj, now), *template_containers(obj), selector_text(spec.get("selector"))]


def stateful_set(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    ready = f"{status.get('readyReplicas') or 0}/{spec.get('replicas') or 0}"
    return [name_of(obj), ready, age(obj, now), *template_containers(obj)]


def daemon_set(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    names = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
    )
    node_selector = ((spec.get("template") or {}).get("spec") or {}).get("nodeSelector")
    counts = [status.get(name) or 0 for name in names]
    return [
        name_of(obj),
        *counts,
        labels_text(node_selector),
        age(obj, now),
        *template_containers(obj),
        selector_text(spec.get("selector")),
    ]


def controller_revision(obj: Object, now: datetime) -> Cells:
    owner = next((o for o in obj["metadata"].get("ownerReferences") or () if o.get("controller")), None)
    controller = NONE
    if owner:
        group = str(owner.get("apiVersion", "")).rpartition("/")[0]
        kind = str(owner["kind"]).lower()
        controller = f"{kind}.{group}/{owner['name']}" if group else f"{kind}/{owner['name']}"
    return [name_of(obj), controller, obj.get("revision") or 0, age(obj, now)]


def job(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    succeeded = status.get("succeeded") or 0
    if (completions := spec.get("completions")) is not None:
        done = f"{succeeded}/{completions}"
    else:
        parallelism = spec.get("parallelism") or 0
        done = f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"
    return [
        name_of(obj),
        _job_status(obj),
        done,
        _duration(status, now),
        age(obj, now),
        *template_containers(obj),
        selector_text(spec.get("selector")),
    ]


def _job_status(obj: Object) -> str:
    conditions = {c.get("type") for c in (obj.get("status") or {}).get("conditions") or () if c.get("status") == "True"}
    if "Complete" in conditions:
        return "Complete"
    if "Failed" in conditions:
        return "Failed"
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    return next((kind for kind in ("Suspended", "FailureTarget", "SuccessCriteriaMet") if kind in conditions), "Running")


def _duration(status: Object, now: datetime) -> str:
    start, end = parse_time(status.get("startTime")), parse_time(status.get("completionTime"))
    return "" if start is None else human(((end or now) - start).total_seconds())


def cron_job(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    last = status.get("lastScheduleTime")
    job_spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    return [
        name_of(obj),
        spec.get("schedule") or "",
        spec.get("timeZone") or NONE,
        boolean(spec.get("suspend")) if spec.get("suspend") is not None else "<unset>",
        len(status.get("active") or ()),
        since(last, now) if last else NONE,
        age(obj, now),
        *containers(((job_spec.get("template") or {}).get("spec")) or {}),
        selector_text(job_spec.get("selector")),
    ]


def horizontal_pod_autoscaler(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    target = spec.get("scaleTargetRef") or {}
    minimum = spec.get("minReplicas")
    return [
        name_of(obj),
        f"{target.get('kind', '')}/{target.get('name', '')}",
        _metrics(_as_metrics(spec), status.get("currentMetrics") or []),
        UNSET_MINIMUM if minimum is None else str(minimum),
        spec.get("maxReplicas") or 0,
        status.get("currentReplicas") or 0,
        age(obj, now),
    ]


UNSET_MINIMUM = "<unset>"


def _as_metrics(spec: Object) -> list[Object]:
    """autoscaling/v1 has one number where v2 has metrics."""
    if (percent := spec.get("targetCPUUtilizationPercentage")) is not None:
        target = {"type": "Utilization", "averageUtilization": percent}
        return [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return spec.get("metrics") or []


def _metrics(metrics: list[Object], current: list[Object]) -> str:
    if not metrics:
        return NONE
    texts = [_metric(metric, current[i] if i < len(current) else {}) for i, metric in enumerate(metrics)]
    return ", ".join(texts) if len(texts) <= 2 else f"{', '.join(texts[:2])} + {len(texts) - 2} more..."


def _metric(metric: Object, current: Object) -> str:
    kind = metric.get("type") or ""
    field = kind[:1].lower() + kind[1:]
    source = metric.get(field) or {}
    target, now = source.get("target") or {}, (current.get(field) or {}).get("current") or {}
    if kind in ("Resource", "ContainerResource"):
        return f"{source.get('name', '')}: {_ratio(target, now)}"
    average = " (avg)" if target.get("averageValue") and kind != "Pods" else ""
    value = "averageValue" if kind == "Pods" or average else "value"
    return f"{now.get(value) or UNKNOWN}/{target.get(value) or '0'}{average}"


def _ratio(target: Object, now: Object) -> str:
    if target.get("averageValue") is not None:
        return f"{now.get('averageValue') or UNKNOWN}/{target['averageValue']}"
    current, wanted = now.get("averageUtilization"), target.get("averageUtilization")
    return f"{UNKNOWN if current is None else f'{current}%'}/{'<auto>' if wanted is None else f'{wanted}%'}"


def pod_disruption_budget(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    bounds: list[Any] = [spec.get(name) for name in ("minAvailable", "maxUnavailable")]
    shown = ["N/A" if bound is None else str(bound) for bound in bounds]
    return [name_of(obj), *shown, status.get("disruptionsAllowed") or 0, age(obj, now)]


def scale(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    return [name_of(obj), spec.get("replicas") or 0, status.get("replicas") or 0, age(obj, now)]
