using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Stands around everything: whatever happens inside, the client gets an answer that it understands and the audit gets the outcome.
/// </summary>
internal sealed partial class OutcomeMiddleware(ExchangeRecorder recorder, ILogger<OutcomeMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        try
        {
            await RunAsync(context, exchange, next);
            if (exchange.Refusal is { } refusal && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
            {
                await RefusalWriter.WriteAsync(context, exchange, refusal);
            }

            if (context.Features.Get<IHttpResponseBodyFeature>() is HeldResponse held && !context.RequestAborted.IsCancellationRequested)
            {
                await held.FinishAsync(context.RequestAborted);
            }
        }
        finally
        {
            if (!IsSettled(exchange))
            {
                exchange.Refuse(new Refusal(RefusalCode.InspectionFailed, "The firewall failed while it handled the request."));
            }

            if (exchange.Fault is { } fault)
            {
                LogFault(exchange.Id, fault.GetType().FullName ?? "", fault.StackTrace ?? "");
            }

            var state = context.Features.Get<ExchangeState>();
            state?.Metering?.End(exchange, state.IntentRecorded);
            state?.SocketMetering?.End();
            recorder.RecordOutcome(exchange, state, context.Response.StatusCode);
        }
    }

    private static async Task RunAsync(HttpContext context, Exchange exchange, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException e)
        {
            exchange.Refuse(Explain(e));
        }
        catch (Exception e) when (e is IOException { InnerException: OverflowException } or InvalidOperationException { Source: "Microsoft.AspNetCore.Server.Kestrel.Core" })
        {
            // How the server reports a chunk size beyond all numbers, and a trailer that is no text.
            exchange.Refuse(new Refusal(RefusalCode.MalformedRequest, "The request's chunked framing is malformed.", Rule: "syntax"));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            exchange.Transfer = TransferOutcome.ClientAborted;
        }
        catch (Microsoft.AspNetCore.Connections.ConnectionResetException)
        {
            exchange.Transfer = TransferOutcome.ClientAborted;
        }
        catch (OutOfMemoryException) when (!context.Response.HasStarted)
        {
            exchange.Refuse(BufferBudget.MemoryFull);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            // A mistake of ours, wherever it is: what was not decided is not forwarded, and what is under way does not end as if it were whole.
            exchange.Fault = e;
            exchange.Refuse(Blocking.Failed);
            if (context.Response.HasStarted)
            {
                context.Abort();
            }
        }
    }

    /// <summary>False where an unforeseen exception is on its way out: the server will answer 500 and nothing more is forwarded.</summary>
    private static bool IsSettled(Exchange exchange) => exchange.Refusal is not null || exchange.Transfer is not TransferOutcome.NotStarted;

    private static Refusal Explain(BadHttpRequestException e) => e.StatusCode switch
    {
        StatusCodes.Status408RequestTimeout => new(RefusalCode.Timeout, "The request's body did not arrive in time."),
        StatusCodes.Status413PayloadTooLarge => new(RefusalCode.TooLarge, "The request's body is too large."),
        _ => new(RefusalCode.MalformedRequest, "The request is malformed.", Rule: "syntax"),
    };

    [LoggerMessage(EventId = 4001, Level = LogLevel.Error, Message = "Exchange {Exchange} failed by a mistake of ours: {Fault}\n{Stack}")]
    private partial void LogFault(string exchange, string fault, string stack);
}
