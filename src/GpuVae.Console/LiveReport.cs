using System.Collections.Concurrent;
using GpuVae.Runs;
using GpuVae.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace GpuVae.CommandLine;

/// <summary>
/// A run in a terminal: finished epochs stay as lines, below them one line moves. A thread of its own draws, so that
/// training neither waits for the terminal nor for the library that draws to be loaded.
/// </summary>
internal sealed class LiveReport : ITrainingObserver, IDisposable
{
    private const int DrawingsPerSecond = 10;

    private readonly string _data;
    private readonly string _device;
    private readonly CancellationToken _stopping;
    private readonly BlockingCollection<Action<IAnsiConsole>> _lines = [];
    private readonly Thread _thread;
    private volatile Latest _latest = new(default);
    private volatile TrainingStart? _start;
    private EpochTable? _table; // of the thread that draws

    /// <summary>Starts the thread, which draws nothing before training has started.</summary>
    /// <param name="data">What the data is called.</param>
    /// <param name="device">What <c>--device</c> was.</param>
    /// <param name="stopping">Cancelled when the run is to end early.</param>
    public LiveReport(string data, string device, CancellationToken stopping)
    {
        _stopping = stopping;
        _data = data;
        _device = device;
        _thread = new Thread(Draw) { IsBackground = true, Name = "terminal" };
        _thread.Start();
    }

    private sealed record Latest(TrainingProgress Progress);

    /// <inheritdoc/>
    public void Started(TrainingStart start)
    {
        _start = start;
        _lines.Add(console => Write(console, start));
    }

    /// <inheritdoc/>
    public void Progress(TrainingProgress progress) => _latest = new Latest(progress);

    /// <inheritdoc/>
    public void EpochEnded(EpochMetrics metrics) =>
        _lines.Add(console => console.Write(new Text(_table?.Row(metrics) + "\n")));

    /// <summary>Draws what is still to be drawn, and takes the moving line away.</summary>
    public void Dispose()
    {
        _lines.CompleteAdding();
        _thread.Join();
        _lines.Dispose();
    }

    private void Write(IAnsiConsole console, TrainingStart start)
    {
        foreach ((string name, string text) in ReportText.Start(start, _data, _device))
        {
            var row = new Grid().AddColumn(new GridColumn().Width(7).NoWrap()).AddColumn();
            console.Write(row.AddRow(new Text(name, new Style(decoration: Decoration.Dim)), new Text(text)));
        }

        console.WriteLine();
        // Of the width that the window has now: rows stay under their heading when it changes.
        _table = new EpochTable(start.HasPrior, start.Example, Terminal.TableWidth);
        console.Write(new Text(_table.Heading + "\n", new Style(decoration: Decoration.Dim)));
    }

    private void Draw()
    {
        try
        {
            Draw(AnsiConsole.Console);
        }
        catch (IOException)
        {
            // The terminal is gone; training goes on, and its files say what came of it.
        }
    }

    private void Draw(IAnsiConsole console) =>
        console.Progress()
            .AutoRefresh(false)
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn { Width = console.Profile.Width < 100 ? 20 : 40 },
                new StatusColumn(Status))
            .Start(context =>
            {
                ProgressTask task = context.AddTask("starting", maxValue: 1);
                while (!_lines.IsCompleted)
                {
                    // In a window of one or two columns the library would look for a place without end.
                    console.Profile.Width = Terminal.DrawnWidth;
                    if (_lines.TryTake(out Action<IAnsiConsole>? write, 1000 / DrawingsPerSecond))
                    {
                        write(console);
                    }

                    Show(task, _latest.Progress);
                    context.Refresh();
                }
            });

    private static void Show(ProgressTask task, TrainingProgress progress)
    {
        if (progress.Epochs > 0)
        {
            task.Description = $"epoch {progress.Epoch}/{progress.Epochs}";
            task.Value = (progress.Epoch - 1 + ((double)progress.Step / progress.StepsPerEpoch)) / progress.Epochs;
        }
    }

    private string Status()
    {
        if (_stopping.IsCancellationRequested)
        {
            return "stopping, saving (Ctrl-C again: at once)";
        }

        TrainingProgress progress = _latest.Progress;
        return progress.Epochs == 0 ? "" : ReportText.Text(
            $"loss {ReportText.Loss(progress.Loss)}  {progress.ImagesPerSecond:N0} {_start?.Example ?? "image"}s/s  ") +
            $"{ReportText.Duration(progress.Remaining)} left";
    }

    private sealed class StatusColumn(Func<string> status) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(status());
    }
}
