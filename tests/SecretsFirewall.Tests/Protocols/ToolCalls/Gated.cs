using System.Buffers;
using System.Text;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Tests.Protocols.ToolCalls;

/// <summary>Sends an answer through the gate. The tool <c>good_tool</c> is allowed, and every other one withheld.</summary>
internal sealed record Gated(byte[] Bytes, ToolGateStop Stop, IReadOnlyList<ToolCall> Calls)
{
    public const string Words = "WITHHELD by \"r\".";

    /// <summary>How answers are cut; 0 is not at all.</summary>
    public static IReadOnlyList<int> Pieces { get; } = [1, 2, 3, 5, 17, 64, 257, 0];

    public string Output => Encoding.UTF8.GetString(Bytes);

    public static Gated Run(string answer, AnswerFraming framing = AnswerFraming.Events, int piece = 0) => Run(Encoding.UTF8.GetBytes(answer), framing, piece);

    public static Gated Run(byte[] bytes, AnswerFraming framing, int piece = 0)
    {
        var calls = new List<ToolCall>();
        var output = new ArrayBufferWriter<byte>();
        using var gate = new ToolGate(framing, Decide(calls), "d1");
        var goesOn = true;
        for (var at = 0; at < bytes.Length && goesOn; at += Math.Max(1, piece == 0 ? bytes.Length : piece))
        {
            goesOn = gate.Write(bytes.AsSpan(at, Math.Min(bytes.Length - at, piece == 0 ? bytes.Length : piece)), output);
        }

        if (goesOn)
        {
            gate.Complete(output);
        }

        return new Gated(output.WrittenSpan.ToArray(), gate.Stop, calls);
    }

    /// <summary>The same answer in every cut; fails where they differ.</summary>
    public static Gated RunInAllCuts(string answer, AnswerFraming framing = AnswerFraming.Events) => RunInAllCuts(Encoding.UTF8.GetBytes(answer), framing);

    public static Gated RunInAllCuts(byte[] answer, AnswerFraming framing)
    {
        var whole = Run(answer, framing);
        foreach (var piece in Pieces)
        {
            var cut = Run(answer, framing, piece);
            Assert.True(whole.Bytes.AsSpan().SequenceEqual(cut.Bytes), $"Pieces of {piece}: {cut.Output}");
            Assert.Equal(whole.Stop, cut.Stop);
            Assert.Equal(whole.Calls, cut.Calls);
        }

        return whole;
    }

    /// <summary>The same answer in two pieces, cut at each of its bytes; fails where they differ.</summary>
    public static Gated RunInEveryCut(byte[] answer, AnswerFraming framing)
    {
        var whole = Run(answer, framing);
        for (var at = 1; at < answer.Length; at++)
        {
            var output = new ArrayBufferWriter<byte>();
            using var gate = new ToolGate(framing, Decide([]), "d1");
            var goesOn = gate.Write(answer.AsSpan(0, at), output) && gate.Write(answer.AsSpan(at), output) && gate.Complete(output);
            Assert.Equal(whole.Stop is ToolGateStop.None, goesOn);
            Assert.True(whole.Bytes.AsSpan().SequenceEqual(output.WrittenSpan), $"Cut at {at}");
        }

        return whole;
    }

    /// <summary>What has left when only a part of the answer has come.</summary>
    public static string After(string part, AnswerFraming framing = AnswerFraming.Events) => Encoding.UTF8.GetString(After(Encoding.UTF8.GetBytes(part), framing));

    public static byte[] After(ReadOnlySpan<byte> part, AnswerFraming framing)
    {
        var output = new ArrayBufferWriter<byte>();
        using var gate = new ToolGate(framing, Decide([]), "d1");
        Assert.True(gate.Write(part, output));
        return output.WrittenSpan.ToArray();
    }

    private static ToolDecision Decide(List<ToolCall> calls) => call =>
    {
        calls.Add(call);
        return call is { Tool: "good_tool", Arguments: not null } ? new ToolVerdict(true, "") : new ToolVerdict(false, Words);
    };
}
