using System.Reflection;
using System.Reflection.Emit;
using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;

namespace GpuVae.Tests.Support;

/// <summary>
/// Every kernel that <see cref="GpuDevice"/> can launch, found in the code of its launchers: from the device's table of
/// them along every call and every static field, with the type arguments of each, to the functions that are handed to
/// ILGPU. So a kernel or a combination of type arguments that is added to a launcher is here too.
/// </summary>
internal static class LaunchedKernels
{
    private const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic
        | BindingFlags.Instance | BindingFlags.Static;

    private static readonly Dictionary<int, OpCode> _codes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value & 0xFFFF);

    /// <summary>The kernels, each once.</summary>
    public static IReadOnlyList<MethodInfo> Find()
    {
        List<MethodInfo> kernels = [];
        HashSet<MethodBase> seen = [];
        HashSet<Type> made = [];
        HashSet<MethodInfo> promised = [];
        var open = new Queue<MethodBase>([typeof(GpuDevice).TypeInitializer!]);
        do
        {
            while (open.TryDequeue(out MethodBase? method))
            {
                if (!seen.Add(method))
                    continue;
                if (IsKernel(method))
                    kernels.Add((MethodInfo)method);
                else if (method.IsAbstract)
                    promised.Add((MethodInfo)method);
                else if (method is { IsConstructor: true, IsStatic: false })
                    made.Add(method.DeclaringType!);
                // The functions that come along are made where their base class is.
                if (method.IsAbstract && method.DeclaringType!.TypeInitializer is { } initializer)
                    open.Enqueue(initializer);
                // A launcher calls other launchers, or points to them; to a kernel it only points.
                foreach ((OpCode code, MethodBase target) in IsKernel(method) ? [] : References(method))
                {
                    if (IsOurs(target) && (code == OpCodes.Ldftn || !IsKernel(target)))
                        open.Enqueue(target);
                }
            }
            foreach (MethodInfo promise in promised)
                made.SelectMany(type => Implementations(type, promise)).Except(seen).ToList().ForEach(open.Enqueue);
        }
        while (open.Count > 0);
        return kernels;
    }

    /// <summary>A name that a person can read: types without the marks of the runtime.</summary>
    public static string Name(MethodInfo kernel) =>
        $"{Name(kernel.DeclaringType!)}.{kernel.Name}" +
        (kernel.IsGenericMethod ? Arguments(kernel.GetGenericArguments()) : "");

    private static string Name(Type type) =>
        type.IsGenericType ? type.Name[..type.Name.IndexOf('`')] + Arguments(type.GenericTypeArguments) : type.Name;

    private static string Arguments(Type[] types) => $"<{string.Join(", ", types.Select(Name))}>";

    private static bool IsOurs(MethodBase method) => method.DeclaringType?.Namespace is string space
        && (space == typeof(IDevice).Namespace
            || space.StartsWith(typeof(GpuDevice).Namespace!, StringComparison.Ordinal));

    /// <summary>What a call of an abstract method runs where the object is of this type.</summary>
    private static IEnumerable<MethodBase> Implementations(Type type, MethodInfo promise)
    {
        if (type.IsSubclassOf(promise.DeclaringType!))
        {
            MethodInfo overriding = type.GetMethods(Declared).Single(method =>
                method.GetBaseDefinition().MetadataToken == promise.MetadataToken);
            yield return promise.IsGenericMethod
                ? overriding.MakeGenericMethod(promise.GetGenericArguments())
                : overriding;
        }
        if (!type.GetInterfaces().Contains(promise.DeclaringType))
            yield break;
        InterfaceMapping map = type.GetInterfaceMap(promise.DeclaringType!);
        MethodInfo general = promise.IsGenericMethod ? promise.GetGenericMethodDefinition() : promise;
        MethodInfo found = map.TargetMethods[Array.IndexOf(map.InterfaceMethods, general)];
        yield return promise.IsGenericMethod ? found.MakeGenericMethod(promise.GetGenericArguments()) : found;
    }

    /// <summary>
    /// Kernels are the public functions of static classes that give nothing back; launchers are internal.
    /// </summary>
    private static bool IsKernel(MethodBase method) =>
        method is MethodInfo { IsStatic: true, IsPublic: true } function && function.ReturnType == typeof(void)
        && function.DeclaringType is { IsAbstract: true, IsSealed: true };

    private static IEnumerable<(OpCode Code, MethodBase Target)> References(MethodBase method)
    {
        byte[] bytes = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        Type[] ofType = method.DeclaringType?.GetGenericArguments() ?? [];
        Type[] ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : [];
        for (int i = 0; i < bytes.Length;)
        {
            int value = bytes[i++];
            if (value == 0xFE)
                value = (value << 8) | bytes[i++];
            OpCode code = _codes[value];
            // A static field is set by its class's initializer.
            if (code == OpCodes.Ldsfld && FieldOwner() is { TypeInitializer: { } initializer })
                yield return (code, initializer);
            if (code.OperandType == OperandType.InlineMethod)
                yield return (code, method.Module.ResolveMethod(BitConverter.ToInt32(bytes, i), ofType, ofMethod)!);
            i += OperandSize(code, bytes, i);

            Type FieldOwner() =>
                method.Module.ResolveField(BitConverter.ToInt32(bytes, i), ofType, ofMethod)!.DeclaringType!;
        }
    }

    private static int OperandSize(OpCode code, byte[] bytes, int start) => code.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(bytes, start)),
        _ => 4,
    };
}
