using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using SecretsFirewall.Model;

namespace SecretsFirewall.Listener;

/// <summary>
/// What the HTTP server refuses by itself never becomes an exchange: it answers 400 (HTTP/1.1) or ends the connection (HTTP/2) without asking us.
/// An auditor must see it all the same, so this listens: over HTTP/1.1 to the server's own event, over HTTP/2, where there is none, to its log.
/// </summary>
internal sealed class UnreadRequests(IListenerEvents events) : DiagnosticSource
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";
    private const string Http2Category = "Microsoft.AspNetCore.Server.Kestrel.Http2";

    private readonly ConcurrentDictionary<string, Tunnel> _connections = new(StringComparer.Ordinal);

    public override bool IsEnabled(string name) => name == BadRequest;

    public override void Write(string name, object? value)
    {
        // With an exchange it is its body that could not be read, and its outcome says so.
        if (value is IFeatureCollection features
            && features.Get<Exchange>() is null
            && features.Get<IBadRequestExceptionFeature>()?.Error is BadHttpRequestException { StatusCode: var status })
        {
            events.RequestUnread(features.Get<Tunnel>(), status);
        }
    }

    /// <summary>Knows a connection by its id for as long as it lasts.</summary>
    public async Task WatchAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var tunnel = connection.Features.Get<Tunnel>()!;
        _connections[connection.ConnectionId] = tunnel;
        try
        {
            await next(connection);
        }
        finally
        {
            _connections.TryRemove(connection.ConnectionId, out _);
        }
    }

    public ILoggerFactory Listening(ILoggerFactory inner) => new Factory(inner, this);

    private void Http2Says(string? what, IReadOnlyList<KeyValuePair<string, object?>> members, Exception? exception)
    {
        switch (what)
        {
            case "Http2ConnectionError" or "HPackDecodingError" // what breaks the protocol, and floods
                or "Http2TooManyEnhanceYourCalms" or "Http2QueueOperationsExceeded" or "Http2FlowControlQueueOperationsExceeded"
                when Member("ConnectionId") is string connection:
                // The connection ends with it; whatever is said about it later is the same failure.
                if (_connections.TryRemove(connection, out var ended))
                {
                    events.RequestUnread(ended, status: null);
                }

                break;
            case "Http2StreamResetAbort" when Member("error")?.ToString() == "PROTOCOL_ERROR" && Member("TraceIdentifier") is string trace:
                StreamFailed(trace[..Math.Max(trace.IndexOf(':'), 0)]);
                break;
            case "Http2StreamError" when exception?.Message.Contains("(PROTOCOL_ERROR)", StringComparison.Ordinal) is true && Member("ConnectionId") is string connection:
                StreamFailed(connection); // one stream too many is REFUSED_STREAM, and no fault of the request
                break;
        }

        void StreamFailed(string connection)
        {
            if (_connections.TryGetValue(connection, out var tunnel))
            {
                events.RequestUnread(tunnel, status: null);
            }
        }

        object? Member(string name) => members.FirstOrDefault(member => member.Key == name).Value;
    }

    private sealed class Factory(ILoggerFactory inner, UnreadRequests unread) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) =>
            categoryName == Http2Category ? new Http2Logger(inner.CreateLogger(categoryName), unread) : inner.CreateLogger(categoryName);

        public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

        public void Dispose()
        {
            // The inner factory is somebody else's.
        }
    }

    private sealed class Http2Logger(ILogger inner, UnreadRequests unread) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug || inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (state is IReadOnlyList<KeyValuePair<string, object?>> members)
            {
                unread.Http2Says(eventId.Name, members, exception);
            }

            if (inner.IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
