using System.Text;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Audit;

namespace SecretsFirewall.Cli.Selftest;

/// <summary>How the upstream of the self-test answers where the order of things matters.</summary>
internal sealed class SelftestScript(string auditDirectory)
{
    public const string Stream = "/selftest/stream";

    public const string Intent = "/selftest/intent";

    /// <summary>Only where nothing comes of it; otherwise it is over in milliseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyDictionary<string, RequestDelegate> Answers => new Dictionary<string, RequestDelegate>(StringComparer.Ordinal)
    {
        [Stream] = StreamAsync,
        [Intent] = IntentAsync,
    };

    /// <summary>Null until the upstream was asked; whether the log then held the intent already.</summary>
    public bool? SawIntent { get; private set; }

    /// <summary>The agent has the first byte: the rest may come.</summary>
    public void FirstArrived() => _first.TrySetResult();

    private async Task StreamAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync("data: first event\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await Task.WhenAny(_first.Task, Task.Delay(Patience, context.RequestAborted));
        await context.Response.WriteAsync($"data: {(_first.Task.IsCompleted ? "in time" : "too late")}\n\n", context.RequestAborted);
    }

    private async Task IntentAsync(HttpContext context)
    {
        SawIntent = AuditReader.Read(auditDirectory).Any(static entry => entry.Record is { Type: AuditTypes.Intent, Path: Intent });
        await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes("asked"), context.RequestAborted);
    }
}
