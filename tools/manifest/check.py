"""What must hold between components: services, devices, order, time, priorities."""

from dataclasses import dataclass

from .component import REST, TREE, check_name, read_component
from .driver import complete
from .units import UnitError

INIT = "init"
INIT_PERMILLE = 20  # of a processor, for init itself
LOG = "log"


@dataclass
class Session:
    """`client` is INIT for init's own log."""

    service: str
    client: str
    provider: str
    memory: int


@dataclass
class System:
    """Components in start order, sessions in the order of their clients."""

    components: list
    sessions: list


def read_system(source, root, log_memory):
    """Everything of a manifest, checked. `root` is where programs are; `log_memory` bytes a log."""
    for key, value in source.data.items():
        if key not in ("system", "component"):
            source.fail(f"unknown table [{key}]; known: [system], [component.NAME]", key)
        if not isinstance(value, dict):
            source.fail(f"{key} is not a table", "", key)
    tables = source.data.get("component", {})
    if not tables:
        source.fail("a system needs a [component.NAME]")
    components = [read_component(source, name, table) if isinstance(table, dict) else
                  source.fail(f"{name} is not a table", "component", name)
                  for name, table in tables.items()]
    _check_programs(source, components, root)
    for item in components:
        complete(source, item, root)
    _check_devices(source, components)
    _check_tree(source, components)
    providers = _providers(source, components)
    log = _log(source, components)
    sessions = _sessions(source, components, providers, log, log_memory)
    components = _order(source, components, sessions)
    _check_one_rest(source, components)
    _check_priorities(source, components, sessions)
    _share_time(source, components)
    return System(components, sessions)


def _check_programs(source, components, root):
    for item in components:
        if not (root / item.program / "meson.build").is_file():
            source.fail(f"unknown program {item.program}: there is no {item.program}/meson.build",
                        item.table, "program")


def _check_devices(source, components):
    owned = []
    for item in components:
        for device in item.devices:
            for owner, other in owned:
                if device.overlaps(other):
                    source.fail(f"{device.name} already belongs to {owner.name} "
                                f"(line {source.line(owner.table, 'device')})",
                                item.table, "device")
            owned.append((item, device))


def _check_tree(source, components):
    """Somebody has to look into the device tree, alone and before all others."""
    finders = [item for item in components if TREE in item.flags]
    for item in components:
        if any(device.from_tree for device in item.devices) and not finders:
            source.fail(f"{item.name} gets a device from the device tree, but no component has "
                        "tree = true", item.table, "device")
    if len(finders) > 1:
        source.fail(f"{finders[0].name} has the device tree already", finders[1].table, "tree")
    for item in finders:
        if item.devices or item.provides or item.uses:
            source.fail(f"{item.name} runs before all others, so it cannot use, provide or drive "
                        "anything", item.table, "tree")


def _providers(source, components):
    providers = {}
    for item in components:
        for service in item.provides:
            if service == LOG:
                source.fail(f'the service {LOG} is given by [system] log = "..."', item.table,
                            "provides")
            if service in providers:
                source.fail(f"the service {service} is already provided by "
                            f"{providers[service].name}", item.table, "provides")
            providers[service] = item
    return providers


def _log(source, components):
    """The component that keeps everybody's log, or None."""
    table = source.data.get("system", {})
    for key in table:
        if key != LOG:
            source.fail(f"unknown key {key}; known: {LOG}", "system", key)
    if LOG not in table:
        return None
    try:
        name = check_name(table[LOG], "a component")
    except UnitError as error:
        source.fail(error, "system", LOG)
    for item in components:
        if item.name == name:
            return item
    return source.fail(f"log: there is no component {name}", "system", LOG)


def _sessions(source, components, providers, log, log_memory):
    sessions = [Session(LOG, INIT, log.name, log_memory)] if log else []
    for item in components:
        for service in item.uses:
            if service not in providers:
                source.fail(f"unknown service {service}; provided: "
                            f"{', '.join(sorted(providers)) or 'none'}", item.table, "uses")
            provider = providers[service]
            if provider is item:
                source.fail(f"{item.name} uses its own service {service}", item.table, "uses")
            sessions.append(Session(service, item.name, provider.name, provider.session_memory))
        if log and item is not log and TREE not in item.flags:
            sessions.append(Session(LOG, item.name, log.name, log_memory))
    return sessions


def _order(source, components, sessions):
    """Providers before their clients, otherwise as written."""
    needs = {item.name: [s.provider for s in sessions if s.client == item.name]
             for item in components}
    by_name = {item.name: item for item in components}
    ordered, path = [], []

    def visit(name):
        if by_name[name] in ordered:
            return
        if name in path:
            circle = " -> ".join(path[path.index(name):] + [name])
            source.fail(f"components need each other in a circle: {circle}", by_name[name].table,
                        "uses")
        path.append(name)
        for provider in needs[name]:
            visit(provider)
        path.pop()
        ordered.append(by_name[name])

    for item in components:
        visit(item.name)
    return ordered


def _check_one_rest(source, components):
    for key, attribute in (("memory", "memory"), ("budget", "budget_us")):
        takers = [item for item in components if getattr(item, attribute) == REST]
        if len(takers) > 1:
            source.fail(f'{key} = "rest" is already taken by {takers[0].name}', takers[1].table,
                        key)


def _check_priorities(source, components, sessions):
    """A server runs at its floor at least; under a client's priority it would hold that up."""
    by_name = {item.name: item for item in components}
    for session in sessions:
        if session.client == INIT:
            continue
        client, server = by_name[session.client], by_name[session.provider]
        priority = max(client.priority, client.floor)
        if server.floor < priority:
            key = "floor" if source.has(server.table, "floor") else "priority"
            source.fail(f"the floor of {server.name} ({server.floor}) is under the priority of its "
                        f"client {client.name} ({priority})", server.table, key)


def _share_time(source, components):
    """Who takes the rest gets what the others and init leave."""
    permille = INIT_PERMILLE
    for item in components:
        if item.budget_us != REST:
            permille += -(-1000 * item.budget_us // item.period_us)
            if permille > 1000:
                source.fail(f"budgets add up to over 100 % of a processor with {item.name} (init "
                            f"takes {INIT_PERMILLE / 10:g} %)", item.table, "budget")
    for item in components:
        if item.budget_us == REST:
            item.budget_us = item.period_us * (1000 - permille) // 1000
            if item.budget_us == 0:
                source.fail("the others leave no time", item.table, "budget")
        item.slice_us = min(item.slice_us, item.budget_us)
