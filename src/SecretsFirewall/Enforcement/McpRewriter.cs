using System.Buffers;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols.Mcp;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Enforcement;

/// <summary>An MCP server's answer: once everything in it is masked, its lists and requests are decided about.</summary>
internal sealed class McpRewriter(IBodyRewriter rewriter, McpGate gate) : IBodyRewriter
{
    private readonly PooledOutput _masked = new();

    public static Refusal Unreadable(ToolGateStop stop) => new(
        RefusalCode.UpstreamUninspectable,
        stop switch
        {
            ToolGateStop.NotStrictJson => "The MCP server's answer is no JSON that has one meaning.",
            ToolGateStop.TooMuchHeld => "The MCP server's answer is too long to decide about.",
            ToolGateStop.Contradiction => "The MCP server's answer has a list of tools, or a message, that says two things.",
            _ => "The MCP server's answer has a shape that cannot be decided about.",
        },
        Rule: "mcp");

    public bool Take(ReadOnlySpan<byte> chunk, bool isLast, IBufferWriter<byte> output)
    {
        var isClean = rewriter.Take(chunk, isLast, _masked);
        var goesOn = gate.Write(_masked.Written.Span, output) && (!isLast || !isClean || gate.Complete(output));
        _masked.Dispose();
        return goesOn && isClean;
    }

    public Refusal Explain() => gate.Stop is not ToolGateStop.None and var stop ? Unreadable(stop) : rewriter.Explain();

    public void Dispose()
    {
        rewriter.Dispose();
        gate.Dispose();
        _masked.Dispose();
    }
}
