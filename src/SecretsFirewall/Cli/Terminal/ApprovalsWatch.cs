using SecretsFirewall.Admin;
using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Policies;

namespace SecretsFirewall.Cli.Terminal;

/// <summary>The interactive list: what waits, one of it in full, and one key for an answer.</summary>
/// <param name="readKey">The next key that was pressed; null where none was. Tests press them.</param>
internal sealed class ApprovalsWatch(ControlClient client, Output output, Func<ConsoleKey?> readKey, TimeProvider time)
{
    private const string Keys = "a approve   d deny   s approve for the session   r as a rule   j/k move   q end";

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    /// <summary>Between two looks at what waits.</summary>
    private const int TicksPerLook = 20;

    private IReadOnlyList<ApprovalReply> _waiting = [];
    private int _chosen;
    private string _shown = "";

    public static ConsoleKey? ReadConsoleKey() => Console.KeyAvailable ? Console.ReadKey(intercept: true).Key : null;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            for (var tick = 0; ; tick++)
            {
                if (tick % TicksPerLook == 0 && await LookAsync(cancellationToken) is { } failure)
                {
                    return output.Fail(failure);
                }

                while (readKey() is { } key)
                {
                    if (key is ConsoleKey.Q or ConsoleKey.Escape)
                    {
                        return ExitCodes.Done;
                    }

                    await PressAsync(key, cancellationToken);
                }

                await Task.Delay(Tick, time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Done; // Ctrl-C is how one stops to watch
        }
    }

    private ApprovalReply? Chosen => _waiting.Count == 0 ? null : _waiting[Math.Clamp(_chosen, 0, _waiting.Count - 1)];

    private async Task<string?> LookAsync(CancellationToken cancellationToken)
    {
        var chosen = Chosen?.Id;
        var result = await client.CallAsync(ControlOperations.ApprovalsList, new ListApprovalsRequest(ApprovalStatus.Pending.Word(), null, null, ApprovalOperations.MostListed), cancellationToken);
        if (result.Failure is { } failure)
        {
            return failure.Message;
        }

        // The oldest first: it expires first. What was chosen stays chosen while others come.
        _waiting = [.. result.Value!.Approvals.Reverse()];
        _chosen = Math.Max(0, _waiting.ToList().FindIndex(one => one.Id == chosen));
        await DrawAsync(force: false, cancellationToken);
        return null;
    }

    private async Task PressAsync(ConsoleKey key, CancellationToken cancellationToken)
    {
        switch (key)
        {
            case ConsoleKey.J or ConsoleKey.DownArrow:
                _chosen = Math.Min(_chosen + 1, Math.Max(0, _waiting.Count - 1));
                await DrawAsync(force: true, cancellationToken);
                break;
            case ConsoleKey.K or ConsoleKey.UpArrow:
                _chosen = Math.Max(0, _chosen - 1);
                await DrawAsync(force: true, cancellationToken);
                break;
            case ConsoleKey.A or ConsoleKey.S or ConsoleKey.D when Chosen is { } one && one.Id == _shown:
                await AnswerAsync(one, key is not ConsoleKey.D, key is ConsoleKey.S, cancellationToken);
                break;
            case ConsoleKey.R when Chosen is { } one && one.Id == _shown:
                output.Line(output.Paint("--- policy", TextColour.Red));
                output.Line(output.Paint($"+++ policy with agreed-{one.Id[^8..]}.json", TextColour.Green));
                foreach (var line in ScopedRule.Of(one, Environment.UserName, time.GetUtcNow()).Split('\n'))
                {
                    output.Line(output.Paint($"+ {TerminalText.Escape(line)}", TextColour.Green));
                }

                break;
        }
    }

    /// <summary>Only what was shown in full can be answered: <see cref="_shown"/> is the question on the screen.</summary>
    private async Task AnswerAsync(ApprovalReply one, bool approve, bool forSession, CancellationToken cancellationToken)
    {
        var result = await client.CallAsync(
            ControlOperations.ApprovalsAnswer, new AnswerApprovalRequest(one.Id, approve, null, forSession, null, null, null), cancellationToken);
        output.Line(result.Failure is { } failure
            ? $"sfw: {failure.Message}"
            : output.Paint(TerminalText.Escape($"{(approve ? "Agreed" : "Denied")}: {ApprovalText.What(one)}"), approve ? TextColour.Green : TextColour.Red));
        _shown = "";
        await LookAsync(cancellationToken);
    }

    private async Task DrawAsync(bool force, CancellationToken cancellationToken)
    {
        var id = Chosen?.Id ?? "none";
        if (!force && id == _shown)
        {
            return;
        }

        _shown = id;
        output.Line();
        if (Chosen is not { } one)
        {
            output.Line("Nothing waits for a person.   q end");
            return;
        }

        output.Line($"{_chosen + 1} of {_waiting.Count} that wait");
        var detail = await client.CallAsync(ControlOperations.ApprovalsShow, new NameRequest(one.Id), cancellationToken);
        if (detail.Failure is { } failure)
        {
            _shown = ""; // nobody has read it, so no key answers it
            output.Line($"sfw: {failure.Message}");
            return;
        }

        ApprovalText.Show(output, detail.Value!);
        output.Line(output.Paint(Keys, TextColour.Dim));
    }
}
