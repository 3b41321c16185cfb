using System.Buffers;
using System.Text;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Tests.Protocols.ToolCalls;

/// <summary>Sends an answer through the gate. The tool <c>good_tool</c> is allowed, and every other one withheld.</summary>
internal sealed record Gated(string Output, ToolGateStop Stop, IReadOnlyList<ToolCall> Calls)
{
    public const string Words = "WITHHELD by \"r\".";

    /// <summary>How answers are cut; 0 is not at all.</summary>
    public static IReadOnlyList<int> Pieces { get; } = [1, 2, 3, 5, 17, 64, 257, 0];

    public static Gated Run(string answer, AnswerFraming framing = AnswerFraming.Events, int piece = 0)
    {
        var calls = new List<ToolCall>();
        var output = new ArrayBufferWriter<byte>();
        using var gate = new ToolGate(framing, Decide(calls), "d1");
        var bytes = Encoding.UTF8.GetBytes(answer);
        var goesOn = true;
        for (var at = 0; at < bytes.Length && goesOn; at += Math.Max(1, piece == 0 ? bytes.Length : piece))
        {
            goesOn = gate.Write(bytes.AsSpan(at, Math.Min(bytes.Length - at, piece == 0 ? bytes.Length : piece)), output);
        }

        if (goesOn)
        {
            gate.Complete(output);
        }

        return new Gated(Encoding.UTF8.GetString(output.WrittenSpan), gate.Stop, calls);
    }

    /// <summary>The same answer in every cut; fails where they differ.</summary>
    public static Gated RunInAllCuts(string answer, AnswerFraming framing = AnswerFraming.Events)
    {
        var whole = Run(answer, framing);
        foreach (var piece in Pieces)
        {
            var cut = Run(answer, framing, piece);
            Assert.Equal((whole.Output, whole.Stop), (cut.Output, cut.Stop));
            Assert.Equal(whole.Calls, cut.Calls);
        }

        return whole;
    }

    /// <summary>What has left when only a part of the answer has come.</summary>
    public static string After(string part, AnswerFraming framing = AnswerFraming.Events)
    {
        var output = new ArrayBufferWriter<byte>();
        using var gate = new ToolGate(framing, Decide([]), "d1");
        Assert.True(gate.Write(Encoding.UTF8.GetBytes(part), output));
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static ToolDecision Decide(List<ToolCall> calls) => call =>
    {
        calls.Add(call);
        return call is { Tool: "good_tool", Arguments: not null } ? new ToolVerdict(true, "") : new ToolVerdict(false, Words);
    };
}
