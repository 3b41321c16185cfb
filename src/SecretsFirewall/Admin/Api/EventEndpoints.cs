using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Admin.Api;

/// <summary>Server-sent events: questions as they are asked and answered, and the audit as it is written. A reader that is too slow misses events and is told so.</summary>
internal sealed class EventEndpoints(ApprovalDesk desk, ApprovalOperations operations, string auditDirectory, TimeProvider time, CancellationToken stopping)
{
    private const int MostBuffered = 1024;

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/v1/events/decisions", ApproverRole.Viewer, DecisionsAsync)
        {
            Summary = "Live: questions as they are asked, answered, used and ended (server-sent events).", ContentType = "text/event-stream",
        },
        new("GET", "/v1/events/audit", ApproverRole.Viewer, AuditAsync)
        {
            Summary = "Live: the audit's records as they are written (server-sent events); the id is the record's number.", ContentType = "text/event-stream", Fields = ["Last-Event-ID"],
        },
    ];

    private async Task DecisionsAsync(ApiCall call)
    {
        var events = Channel.CreateBounded<ApprovalEvent>(new BoundedChannelOptions(MostBuffered) { FullMode = BoundedChannelFullMode.DropOldest });
        void Tell(ApprovalEvent one) => events.Writer.TryWrite(one);
        desk.Happened += Tell;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted, stopping);
        try
        {
            await BeginAsync(call, ends.Token);
            while (true)
            {
                ApprovalEvent? next = null;
                try
                {
                    next = await events.Reader.ReadAsync(ends.Token).AsTask().WaitAsync(KeepAlive, time, ends.Token);
                }
                catch (TimeoutException)
                {
                    // The connection is shown to be alive, below.
                }

                if (next is null)
                {
                    await WriteAsync(call, ": \n\n", ends.Token);
                    continue;
                }

                var word = next.Kind.ToString().ToLowerInvariant();
                var data = JsonSerializer.Serialize(new ApprovalEventReply(word, operations.Describe(next.Request), next.At), ApiJson.Default.ApprovalEventReply);
                await WriteAsync(call, $"event: approval\ndata: {data}\n\n", ends.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The reader has gone, or we stop.
        }
        finally
        {
            desk.Happened -= Tell;
        }
    }

    private async Task AuditAsync(ApiCall call)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted, stopping);
        try
        {
            var after = long.TryParse(call.Context.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var seen)
                ? seen
                : AuditReader.LastSequence(auditDirectory);
            await BeginAsync(call, ends.Token);
            await foreach (var entry in AuditReader.FollowAsync(auditDirectory, AuditFilter.All, after, time, ends.Token))
            {
                await WriteAsync(call, string.Create(CultureInfo.InvariantCulture, $"id: {entry.Sequence}\nevent: audit\ndata: {entry.Line}\n\n"), ends.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The reader has gone, or we stop.
        }
    }

    private static async Task BeginAsync(ApiCall call, CancellationToken cancellationToken)
    {
        call.Context.Response.ContentType = "text/event-stream";
        await WriteAsync(call, ": sfw\n\n", cancellationToken);
    }

    private static async Task WriteAsync(ApiCall call, string text, CancellationToken cancellationToken)
    {
        await call.Context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        await call.Context.Response.Body.FlushAsync(cancellationToken);
    }
}
