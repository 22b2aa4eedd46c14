"""`chauraha train`: one policy for all junctions of a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def train(
    *,
    run: Annotated[Path | None, typer.Option(help="Folder of the new run.")] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with the run in this folder.")] = None,
    scenario: Annotated[str, typer.Option(help="A scenario's name or its folder.")] = "kanpur",
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything that is drawn.")] = 1,
    steps: Annotated[int | None, typer.Option(min=1, help="Stop after so many decisions of single junctions.")] = None,
    minutes: Annotated[float | None, typer.Option(min=0.01, help="Stop after so long, resumed parts added.")] = None,
    fidelity: Annotated[str, typer.Option(help="training (virtual lanes) or evaluation (sublanes).")] = "training",
    sensors: Annotated[Path | None, typer.Option(help="Sensor model file; default: the shipped model.")] = None,
    street: Annotated[str, typer.Option(help="Train on: sumo, queues (the fast queue model), or both.")] = "sumo",
    more: Annotated[
        list[str] | None,
        typer.Option(help="Another scenario to train on too; on SUMO NAME@scale=2 doubles its demand."),
    ] = None,
    queued: Annotated[
        list[str] | None, typer.Option(help="With --street both: a scenario for the queue model beside SUMO.")
    ] = None,
    practice: Annotated[int, typer.Option(min=0, help="Junctions drawn at random that the queue model has too.")] = 0,
    start_from: Annotated[
        Path | None, typer.Option(help="Begin with this checkpoint's network, or this policy.onnx.")
    ] = None,
    start_logits: Annotated[
        float, typer.Option(min=0.01, help="Multiply the start's scores: below 1 it tries more, and its best stays.")
    ] = 1.0,
    copies: Annotated[int, typer.Option(min=1, help="Copies of every junction in the queue model.")] = 10,
    processes: Annotated[int, typer.Option(min=1, help="SUMO processes.")] = 2,
    interval: Annotated[float, typer.Option(min=1, help="Seconds between two decisions.")] = 5.0,
    episode: Annotated[float, typer.Option(min=60, help="Simulated seconds of an episode.")] = 1800.0,
    rollout: Annotated[int, typer.Option(min=2, help="Decisions of each junction an update.")] = 180,
    learning_rate: Annotated[float, typer.Option(min=0, help="First learning rate; it falls to a tenth.")] = 5e-4,
    gamma: Annotated[float, typer.Option(min=0, max=1, help="Discount of one decision interval.")] = 0.97,
    entropy: Annotated[float, typer.Option(min=0, help="Weight of the entropy bonus.")] = 0.005,
    reward_queue: Annotated[float, typer.Option(help="Weight of minus the queue.")] = 1.0,
    reward_whole_queue: Annotated[float, typer.Option(help="Weight of minus the queue, out of view too.")] = 0.0,
    reward_delay: Annotated[float, typer.Option(help="Weight of minus the time lost (SUMO only).")] = 0.0,
    reward_stops: Annotated[float, typer.Option(help="Weight of minus those that come to a stand.")] = 0.0,
    reward_throughput: Annotated[float, typer.Option(help="Weight of the PCU that cross.")] = 0.0,
    reward_fairness: Annotated[float, typer.Option(help="Weight of minus the longest red, squared.")] = 0.1,
    width: Annotated[int, typer.Option(min=4, help="Width of the network's layers.")] = 64,
    warm_start: Annotated[str, typer.Option(help="First imitate: none or max-pressure.")] = "none",
    batch: Annotated[int, typer.Option(min=2, help="Decisions of a gradient step.")] = 1024,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over an update's decisions.")] = 4,
    scale: Annotated[
        tuple[float, float], typer.Option(min=0.01, help="Range of what SUMO's demand is multiplied by.")
    ] = (0.7, 1.2),
    critic_updates: Annotated[int, typer.Option(min=0, help="Updates of the critic alone, after a warm start.")] = 4,
    mean_updates: Annotated[
        int, typer.Option(min=1, help="Export the mean of the weights over about so many updates; 1: the last ones.")
    ] = 1,
    evaluate_steps: Annotated[int, typer.Option(min=1, help="Decisions between two evaluations.")] = 100_000,
    evaluate_seeds: Annotated[int, typer.Option(min=1, help="Unseen seeds of an evaluation.")] = 2,
    evaluate_seconds: Annotated[float, typer.Option(min=60, help="Simulated seconds of an evaluation.")] = 1800.0,
    created: Annotated[str | None, typer.Option(help="Date for the card; default: today.")] = None,
) -> None:
    """Train a policy with MaskablePPO; the folder holds checkpoints, curves, and the best one exported with its card.

    A run that was killed goes on with --resume; its settings are those it was started with.
    """
    from datetime import date

    from rich.console import Console

    from agents.run_folder import RunFolder
    from agents.street_env import make_env
    from agents.training import train as learn
    from agents.training_config import TrainingConfig, config_from_document
    from junction.errors import InputError
    from scenarios.ready import ready_scenario

    if (run is None) == (resume is None):
        raise InputError("train", expected="either --run DIR or --resume DIR", got="both" if run else "neither")
    if steps is None and minutes is None:
        raise InputError("train", expected="--steps or --minutes", got="neither")
    if resume is not None:
        folder = RunFolder(resume)
        config = config_from_document(folder.read_config())
    else:
        assert run is not None
        folder = RunFolder(run)
        config = TrainingConfig(
            scenario=scenario,
            seed=seed,
            street=street,
            more_scenarios=tuple(more or ()),
            queued_scenarios=tuple(queued or ()),
            practice_junctions=practice,
            copies=copies,
            start_from=str(start_from) if start_from else None,
            start_logits=start_logits,
            fidelity=fidelity,
            sensors_file=str(sensors) if sensors else None,
            processes=processes,
            interval_s=interval,
            episode_s=episode,
            n_steps=rollout,
            reward_queue=reward_queue,
            reward_whole_queue=reward_whole_queue,
            reward_delay=reward_delay,
            reward_stops=reward_stops,
            reward_throughput=reward_throughput,
            reward_fairness=reward_fairness,
            width=width,
            batch_size=batch,
            n_epochs=epochs,
            learning_rate=learning_rate,
            final_learning_rate=learning_rate / 10,
            gamma=gamma,
            ent_coef=entropy,
            warm_start=warm_start,
            scale_lo=scale[0],
            scale_hi=scale[1],
            critic_updates=critic_updates,
            mean_updates=mean_updates,
            evaluate_steps=evaluate_steps,
            evaluate_seeds=evaluate_seeds,
            evaluate_s=evaluate_seconds,
        )
        ready_scenario(config.scenario, config.fidelity, typer.echo)
        folder.create(config.to_document())
    console = Console()
    progress = learn(
        config,
        folder,
        make_env=make_env,
        steps=steps,
        minutes=minutes,
        created=created or date.today().isoformat(),
        resume=resume is not None,
        report=lambda line: console.print(line, highlight=False),
    )
    console.print(
        f"{progress.steps:,} steps, best at {progress.best_steps:,}: {folder.policy_file} "
        f"(delay {progress.best_delay_s:.1f} s on unseen seeds)"
    )
